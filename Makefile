# genlog: one Makefile, not recursive.  What is built is what lies in the folders; a new file needs no edit here.
#
#	make                build genlogd and the plugins              make check     unit tests, then end to end
#	make threads        the agent under SAN=thread                 make check-devdb  tests of the development database
#	make lint           sizes, layers, style, static analysis      make format    clang-format in place
#	make fuzz           each fuzzer for FUZZ_TIME seconds          make bench     against rsyslog and syslog-ng
#	make devdb          the development database on 127.0.0.1:27017
#	make install DESTDIR= PREFIX=                                   make deb       Debian packages in build/deb
#	SAN=address|thread|undefined   builds beside, not over         CC=clang, V=1, WERROR=1

CC ?= gcc
SAN ?=
V ?=
WERROR ?=
PREFIX ?= /usr/local
SYSCONFDIR ?= /etc
LIBDIR ?= $(PREFIX)/lib
PLUGIN_DIR ?= $(LIBDIR)/genlog/plugins
UNIT_DIR ?= $(PREFIX)/lib/systemd/system
SCHEMA_DIR ?= $(PREFIX)/share/genlog/schema
FUZZ_TIME ?= 20

VERSION := $(shell sed -n 's/^\#define GENLOG_VERSION "\(.*\)"/\1/p' include/genlog/version.h)
BUILD ?= build$(if $(SAN),/san-$(SAN))$(if $(filter clang%,$(notdir $(CC))),/clang)

# mongo-c-driver 1.x and 2.x go by other names; agent and plugins see the difference in one header only.
MONGOC := $(shell pkg-config --exists mongoc2 && echo mongoc2 || echo libmongoc-1.0)
BSON := $(shell pkg-config --exists bson2 && echo bson2 || echo libbson-1.0)
MSGPACK := $(shell pkg-config --exists msgpack-c && echo msgpack-c || echo msgpack)

san_address := -fsanitize=address,undefined -fno-sanitize-recover=undefined -fno-omit-frame-pointer
san_undefined := -fsanitize=undefined -fno-sanitize-recover=undefined
san_thread := -fsanitize=thread
SAN_FLAGS := $(san_$(SAN))

OPT ?= -O2 -g
WARN := -Wall -Wextra -Wshadow $(if $(WERROR),-Werror)
HARDEN := -D_FORTIFY_SOURCE=2 -fstack-protector-strong
CPPFLAGS += -D_GNU_SOURCE -DGENLOG_PLUGIN_DIR='"$(PLUGIN_DIR)"' -DGENLOG_SCHEMA_DIR='"$(SCHEMA_DIR)"'
CFLAGS += -std=c11 $(OPT) $(WARN) $(if $(SAN),$(SAN_FLAGS),$(HARDEN)) -fvisibility=hidden -fPIC -pthread
LDFLAGS += $(SAN_FLAGS) -pthread -Wl,-z,relro,-z,now $(LDFLAGS_EXTRA)

pc_cflags = $(shell pkg-config --cflags $(1))
pc_libs = $(shell pkg-config --libs $(1))

AGENT_PKGS := yaml-0.1 libpcre2-8 libsystemd libmicrohttpd $(BSON)
AGENT_CFLAGS := $(call pc_cflags,$(AGENT_PKGS))
AGENT_LIBS := $(call pc_libs,$(AGENT_PKGS)) -ldl -lm
MONGOC_CFLAGS := $(call pc_cflags,$(MONGOC))
BSON_CFLAGS := $(call pc_cflags,$(BSON))

# What a plugin needs beyond include/: one row each.
CFLAGS_parser_regex := $(call pc_cflags,libpcre2-8)
LIBS_parser_regex := $(call pc_libs,libpcre2-8)
CFLAGS_parser_grok := $(CFLAGS_parser_regex)
LIBS_parser_grok := $(LIBS_parser_regex)
SHARED_parser_grok := $(addprefix plugins/parser_regex/,build.c fields.c match.c)
LIBS_filter_modify := -lm
LIBS_filter_sample := -lm
CFLAGS_filter_redact := $(call pc_cflags,libcrypto)
LIBS_filter_redact := $(call pc_libs,libcrypto)
LIBS_parser_json := -lm
CFLAGS_output_mongodb := $(MONGOC_CFLAGS)
LIBS_output_mongodb := $(call pc_libs,$(MONGOC))
MONGO := $(wildcard plugins/mongo/*.c)
SHARED_output_mongodb := $(MONGO)
CFLAGS_output_stdout := $(BSON_CFLAGS)
LIBS_output_stdout := $(call pc_libs,$(BSON))
CFLAGS_input_tail := $(call pc_cflags,zlib libzstd liblzma)
LIBS_input_tail := $(call pc_libs,zlib libzstd liblzma)
NET := $(wildcard plugins/net/*.c)
NET_PKGS := libssl libcrypto libsystemd
CFLAGS_input_syslog := $(call pc_cflags,$(NET_PKGS))
LIBS_input_syslog := $(call pc_libs,$(NET_PKGS))
SHARED_input_syslog := $(NET)
CFLAGS_input_journald := $(call pc_cflags,libsystemd)
LIBS_input_journald := $(call pc_libs,libsystemd)
CFLAGS_input_emit := $(call pc_cflags,libsystemd)
LIBS_input_emit := $(call pc_libs,libsystemd)
FORWARD := $(wildcard plugins/forward/*.c)
CFLAGS_input_forward := $(call pc_cflags,$(NET_PKGS) zlib libzstd)
LIBS_input_forward := $(call pc_libs,$(NET_PKGS) zlib libzstd)
SHARED_input_forward := $(NET) $(FORWARD)
CFLAGS_output_forward := $(call pc_cflags,libssl libcrypto zlib libzstd $(MSGPACK))
LIBS_output_forward := $(call pc_libs,libssl libcrypto zlib libzstd $(MSGPACK))
SHARED_output_forward := $(addprefix plugins/net/,address.c tls.c) $(FORWARD)
# Asked when something of it is built, for who builds the agent alone has no libpq.
DEVDB_CFLAGS = $(call pc_cflags,$(BSON) libpq libzstd zlib)
DEVDB_LIBS = $(call pc_libs,$(BSON) libpq libzstd zlib) -lsnappy

say = @$(if $(V),,printf '  %-6s %s\n' $(1) $(patsubst $(BUILD)/%,%,$@);)$(if $(V),set -x;)

# ── what there is ─────────────────────────────────────────────────────────────────────────────────────────────────
agent_c := $(filter-out agent/main.c agent/ctl/% agent/emit/%,$(wildcard agent/*/*.c))
agent_o := $(agent_c:%.c=$(BUILD)/%.o)
ctl_c := $(filter-out agent/ctl/main.c,$(wildcard agent/ctl/*.c))
ctl_o := $(ctl_c:%.c=$(BUILD)/%.o) $(MONGO:%.c=$(BUILD)/%.o)
emit_c := $(wildcard agent/emit/*.c)
emit_o := $(emit_c:%.c=$(BUILD)/%.o)
kinds := input parser filter output
plugin_names := $(sort $(basename $(notdir $(wildcard $(kinds:%=plugins/%_*.c)))) \
	$(notdir $(patsubst %/,%,$(wildcard $(kinds:%=plugins/%_*/)))))
plugins := $(plugin_names:%=$(BUILD)/plugins/%.so)
unit_c := $(wildcard tests/agent/*/*_test.c tests/agent/*_test.c tests/plugins/*_test.c tests/plugins/*/*_test.c)
units := $(unit_c:%.c=$(BUILD)/%)
help_c := $(wildcard tests/lib/*.c)
help_o := $(help_c:%.c=$(BUILD)/%.o)
tool_c := $(wildcard tests/e2e/*.c tests/bench/*.c)
tools := $(tool_c:%.c=$(BUILD)/%)
devdb_c := $(wildcard contrib/devdb/*.c)
devdb_o := $(devdb_c:%.c=$(BUILD)/%.o)
fuzz_c := $(wildcard tests/fuzz/*_fuzz.c)
fuzzers := $(fuzz_c:tests/fuzz/%.c=build/fuzz/%)
all_c := $(shell find agent plugins tests contrib include -name '*.c' -o -name '*.h')

.PHONY: all libgenlog check unit e2e threads check-devdb lint format fuzz bench devdb install deb clean tools wiregw plugins test-programs
.SECONDARY:
.DELETE_ON_ERROR:

all: $(BUILD)/genlogd $(BUILD)/genlogctl $(plugins) libgenlog
libgenlog: $(BUILD)/libgenlog.so.1 $(BUILD)/libgenlog.a
plugins: $(plugins)
tools: $(tools) $(BUILD)/contrib/tools/bsonshow
wiregw: $(BUILD)/contrib/devdb/wiregw
test-programs: all $(units) tools

# ── how it is built ───────────────────────────────────────────────────────────────────────────────────────────────
$(BUILD)/genlogd: $(BUILD)/agent/main.o $(agent_o)
	$(call say,LD)$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(AGENT_LIBS)

# What ctl/ needs beyond the agent: the database, archives and their checksums, webhooks.
CTL_PKGS := $(MONGOC) zlib libcrypto libcurl
CTL_LIBS := $(AGENT_LIBS) $(call pc_libs,$(CTL_PKGS))
$(BUILD)/genlogctl: $(BUILD)/agent/ctl/main.o $(ctl_o) $(agent_o) $(emit_o)
	$(call say,LD)$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(CTL_LIBS)

plugin_src = $(wildcard plugins/$(1).c plugins/$(1)/*.c) $(SHARED_$(1))
define plugin_rule
$(BUILD)/plugins/$(1).so: $(patsubst %.c,$(BUILD)/%.o,$(call plugin_src,$(1)))
	$$(call say,SO)$$(CC) $$(LDFLAGS) -shared -o $$@ $$^ $$(LIBS_$(1))
$(patsubst %.c,$(BUILD)/%.o,$(call plugin_src,$(1))): INC = -Iinclude $$(CFLAGS_$(1))
endef
$(foreach p,$(plugin_names),$(eval $(call plugin_rule,$(p))))

$(BUILD)/libgenlog.so.1: $(emit_o) agent/emit/libgenlog.map
	$(call say,SO)$(CC) $(LDFLAGS) -shared -Wl,-soname,libgenlog.so.1 -Wl,-z,nodelete -Wl,--version-script=agent/emit/libgenlog.map -o $@ $(emit_o)
	@ln -sf libgenlog.so.1 $(BUILD)/libgenlog.so

$(BUILD)/libgenlog.a: $(emit_o)
	$(call say,AR)rm -f $@ && ar rcs $@ $^

$(filter $(BUILD)/tests/agent/emit/%,$(units)): $(emit_o)
$(BUILD)/tests/agent/emit/path_test: LDFLAGS += -Wl,--wrap=malloc
$(BUILD)/tests/%_test: $(BUILD)/tests/%_test.o $(help_o) $(agent_o)
	$(call say,LD)$(CC) $(LDFLAGS) -rdynamic -o $@ $^ $(AGENT_LIBS) $(call pc_libs,$(BSON)) -lcmocka

# Tests that link a plugin's sources.
forward_c := $(FORWARD) $(filter-out %/forward.c,$(wildcard plugins/input_forward/*.c))
forward_units := $(filter %/forward_test $(BUILD)/tests/plugins/input_forward_% %/output_forward_test,$(units))
$(forward_units): $(patsubst %.c,$(BUILD)/%.o,$(forward_c) $(addprefix plugins/output_forward/,chunk.c pack.c))
$(forward_units): AGENT_LIBS += $(LIBS_input_forward) $(LIBS_output_forward)
$(BUILD)/tests/plugins/output_forward_%.o: CPPFLAGS += $(CFLAGS_output_forward)

emit_units := $(filter $(BUILD)/tests/plugins/input_emit_%,$(units))
emit_plugin_c := $(filter-out %/emit.c,$(wildcard plugins/input_emit/*.c))
$(emit_units): $(emit_plugin_c:%.c=$(BUILD)/%.o)
$(emit_units): AGENT_LIBS += $(LIBS_input_emit)

emit_tools := $(filter $(BUILD)/tests/e2e/emit_%,$(tools))
$(emit_tools): $(BUILD)/libgenlog.a
$(tools): $(BUILD)/%: $(BUILD)/%.o
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ -lm

$(BUILD)/contrib/tools/%: $(BUILD)/contrib/tools/%.o
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(call pc_libs,$(BSON))

$(BUILD)/contrib/devdb/wiregw: $(devdb_o)
	$(call say,LD)$(CC) $(LDFLAGS) -o $@ $^ $(DEVDB_LIBS)

$(BUILD)/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(CC) $(CPPFLAGS) $(INC) $(CFLAGS) -MMD -MP -c -o $@ $<

$(BUILD)/agent/%.o: INC = -Iinclude -Iagent $(AGENT_CFLAGS)
$(BUILD)/agent/ctl/%.o: INC = -Iinclude -Iagent -Iplugins $(AGENT_CFLAGS) $(call pc_cflags,$(CTL_PKGS))
$(BUILD)/agent/admin/page.o build/fuzz/obj/agent/admin/page.o: agent/admin/page.html
$(BUILD)/agent/emit/%.o: INC = -Iinclude
$(filter $(BUILD)/tests/agent/ctl/%,$(units)): $(ctl_o) $(emit_o)
$(filter $(BUILD)/tests/agent/ctl/%,$(units)): AGENT_LIBS := $(CTL_LIBS)
$(BUILD)/tests/%.o: INC = -Iinclude -Iagent -Itests -DTEST_PLUGIN_DIR='"$(BUILD)/plugins"' $(AGENT_CFLAGS) $(BSON_CFLAGS)
$(BUILD)/tests/agent/ctl/%.o: CPPFLAGS += -Iplugins $(MONGOC_CFLAGS)
$(BUILD)/tests/plugins/output_mongodb_%.o: CPPFLAGS += $(MONGOC_CFLAGS)
$(BUILD)/contrib/tools/%.o: INC = $(BSON_CFLAGS)
$(BUILD)/contrib/devdb/%.o: INC = -Icontrib/devdb $(DEVDB_CFLAGS)

-include $(shell find $(BUILD) -name '*.d' -type f 2>/dev/null)

# ── tests and gates ───────────────────────────────────────────────────────────────────────────────────────────────
check: unit e2e

unit: test-programs
	@BUILD=$(BUILD) tests/run_units.sh $(units)

e2e: test-programs wiregw
	@BUILD=$(BUILD) tests/e2e/run.sh

threads: all tools
	@BUILD=$(BUILD) tests/threads.sh

check-devdb: wiregw
	@BUILD=$(BUILD) SAN_FLAGS="$(SAN_FLAGS)" tests/devdb/run.sh

lint:
	@contrib/lint/run.sh

format:
	clang-format -i --style=file $(all_c)

# The agent's objects once for all fuzzers; a fuzzer itself takes in the sources of what it is about.
FUZZ_CC := clang -std=c11 -O1 -g $(CPPFLAGS) -fno-sanitize-recover=undefined -MMD -MP -Iinclude -Iagent -Iplugins -Itests \
	$(AGENT_CFLAGS) $(CFLAGS_input_tail) $(CFLAGS_parser_regex) $(BSON_CFLAGS)
fuzz_o := $(agent_c:%.c=build/fuzz/obj/%.o)

build/fuzz/obj/%.o: %.c
	@mkdir -p $(@D)
	$(call say,CC)$(FUZZ_CC) -fsanitize=fuzzer-no-link,address,undefined -c -o $@ $<

build/fuzz/%_fuzz: tests/fuzz/%_fuzz.c $(fuzz_o) $(wildcard plugins/*.c plugins/*.h plugins/*/*.c plugins/*/*.h)
	$(call say,FUZZ)$(FUZZ_CC) -fsanitize=fuzzer,address,undefined -o $@ $< $(fuzz_o) $(AGENT_LIBS) $(LIBS_parser_regex) \
		$(LIBS_filter_redact) $(LIBS_input_tail) $(call pc_libs,$(BSON))

# What is in several files is linked, not included.
build/fuzz/forward_fuzz: $(forward_c:%.c=build/fuzz/obj/%.o)
build/fuzz/forward_fuzz: fuzz_o += $(forward_c:%.c=build/fuzz/obj/%.o)
build/fuzz/emit_fuzz: $(emit_plugin_c:%.c=build/fuzz/obj/%.o)
build/fuzz/emit_fuzz: fuzz_o += $(emit_plugin_c:%.c=build/fuzz/obj/%.o)
build/fuzz/emit_fuzz: AGENT_LIBS += $(LIBS_input_emit)
filter_o := $(patsubst %.c,build/fuzz/obj/%.o,$(wildcard agent/ctl/filter*.c) agent/ctl/docs.c)
build/fuzz/filter_fuzz: $(filter_o)
build/fuzz/filter_fuzz: fuzz_o += $(filter_o)
convert_o := $(patsubst %.c,build/fuzz/obj/%.o,$(filter-out %/convert.c,$(wildcard agent/ctl/convert*.c)))
build/fuzz/convert_fuzz: $(convert_o)
build/fuzz/convert_fuzz: fuzz_o += $(convert_o)

-include $(shell find build/fuzz/obj -name '*.d' -type f 2>/dev/null)

fuzz: $(fuzzers)
	@FUZZ_TIME=$(FUZZ_TIME) tests/fuzz/run.sh $(fuzzers)

bench: all tools wiregw
	@BUILD=$(BUILD) tests/bench/run.sh
	@BUILD=$(BUILD) tests/bench/emit.sh

devdb: wiregw
	@WIREGW=$(BUILD)/contrib/devdb/wiregw contrib/devdb/up.sh

# Configuration that is there already is the operator's, and stays.
install: all
	install -d $(DESTDIR)$(PREFIX)/sbin $(DESTDIR)$(PREFIX)/bin $(DESTDIR)$(PLUGIN_DIR) $(DESTDIR)$(PREFIX)/include/genlog
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,man/man3 man/man5 man/man8 genlog/conf.d genlog/python)
	install -d $(DESTDIR)$(UNIT_DIR) $(DESTDIR)$(LIBDIR)/pkgconfig
	install -d $(addprefix $(DESTDIR)$(PREFIX)/share/,bash-completion/completions zsh/vendor-completions)
	install -d -m 750 $(DESTDIR)$(SYSCONFDIR)/genlog $(DESTDIR)$(SYSCONFDIR)/genlog/conf.d
	install -m 755 $(BUILD)/genlogd $(DESTDIR)$(PREFIX)/sbin/
	install -m 755 $(BUILD)/genlogctl $(DESTDIR)$(PREFIX)/bin/
	install -m 644 $(plugins) $(DESTDIR)$(PLUGIN_DIR)/
	install -m 644 include/genlog/*.h include/genlog/*.hpp $(DESTDIR)$(PREFIX)/include/genlog/
	install -m 755 $(BUILD)/libgenlog.so.1 $(DESTDIR)$(LIBDIR)/
	ln -sf libgenlog.so.1 $(DESTDIR)$(LIBDIR)/libgenlog.so
	install -m 644 $(BUILD)/libgenlog.a $(DESTDIR)$(LIBDIR)/
	sed 's|@PREFIX@|$(PREFIX)|; s|@LIBDIR@|$(LIBDIR)|; s|@VERSION@|$(VERSION)|' agent/emit/genlog.pc.in \
		> $(DESTDIR)$(LIBDIR)/pkgconfig/genlog.pc
	install -m 644 contrib/bindings/python/genlog.py $(DESTDIR)$(PREFIX)/share/genlog/python/
	install -m 644 contrib/man/*.3 $(DESTDIR)$(PREFIX)/share/man/man3/
	contrib/man/make.sh $(BUILD) $(BUILD)/man
	install -m 644 contrib/man/*.5 $(BUILD)/man/*.5 $(DESTDIR)$(PREFIX)/share/man/man5/
	install -m 644 contrib/man/*.8 $(BUILD)/man/*.8 $(DESTDIR)$(PREFIX)/share/man/man8/
	install -m 644 conf.d/*.yaml $(DESTDIR)$(PREFIX)/share/genlog/conf.d/
	install -d $(DESTDIR)$(SCHEMA_DIR)
	install -m 644 conf.d/schema/*.yaml $(DESTDIR)$(SCHEMA_DIR)/
	install -m 644 contrib/completion/genlogctl.bash $(DESTDIR)$(PREFIX)/share/bash-completion/completions/genlogctl
	install -m 644 contrib/completion/_genlogctl $(DESTDIR)$(PREFIX)/share/zsh/vendor-completions/
	sed 's|@SBINDIR@|$(PREFIX)/sbin|; s|@BINDIR@|$(PREFIX)/bin|' contrib/systemd/genlogd.service > $(DESTDIR)$(UNIT_DIR)/genlogd.service
	install -d $(addprefix $(DESTDIR)$(PREFIX)/lib/,sysusers.d tmpfiles.d)
	install -m 644 contrib/systemd/genlog.sysusers $(DESTDIR)$(PREFIX)/lib/sysusers.d/genlog.conf
	install -m 644 contrib/systemd/genlog.tmpfiles $(DESTDIR)$(PREFIX)/lib/tmpfiles.d/genlog.conf
	test -e $(DESTDIR)$(SYSCONFDIR)/genlog/genlog.yaml || \
		install -m 640 contrib/systemd/genlog.yaml $(DESTDIR)$(SYSCONFDIR)/genlog/genlog.yaml

deb:
	@contrib/deb.sh

clean:
	rm -rf build
