# Faults on purpose: each is told behind a line of a log that names it.
use strict;
use warnings;
use Carp;

$| = 1;

sub check { my ($n) = @_; confess "order $n is bad"; }
sub walk { my ($n) = @_; return $n ? walk($n - 1) : check(17); }
sub plain { die "only this"; }

sub say_it {
	my ($name, $job) = @_;
	print "2025-12-22 10:30:45 ERROR case $name\n";
	eval { $job->(); };
	print $@;
}

say_it("confess", sub { check(17) });
say_it("recursion", sub { walk(5) });
say_it("plain", \&plain);
print "2025-12-22 10:30:45 INFO case end\n";
