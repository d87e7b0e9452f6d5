/* The page, as its file is: one file, without anything from outside. */
#include "admin/http.h"

__asm__(".section .rodata\n"
	".global http_page\n"
	"http_page: .incbin \"agent/admin/page.html\"\n"
	"http_page_end: .byte 0\n"
	".balign 4\n"
	".global http_page_len\n"
	"http_page_len: .long http_page_end - http_page\n"
	".previous\n");
