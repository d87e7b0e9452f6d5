<?php
// Faults on purpose: each is told behind a line of a log that names it.
namespace Shop;

class OrderException extends \RuntimeException {}

class Order {
	function check(string $s): int {
		return \intdiv(1, (int)$s);
	}

	static function nested(): void {
		try {
			(new Order)->check("0");
		} catch (\DivisionByZeroError $e) {
			throw new OrderException("order 17 is bad", 5, $e);
		}
	}
}

function say(string $name, callable $job): void {
	echo "2025-12-22 10:30:45 ERROR case $name\n";
	try {
		$job();
	} catch (\Throwable $e) {
		echo $e, "\n";
	}
}

if ($argc > 1)
	Order::nested();
say("plain", fn() => (new Order)->check("0"));
say("nested", [Order::class, 'nested']);
say("lambda", fn() => array_map(function ($x) { return 10 % $x; }, [1, 0]));
echo "2025-12-22 10:30:45 INFO case end\n";
