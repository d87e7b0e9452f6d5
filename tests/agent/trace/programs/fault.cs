// Faults on purpose: each is told behind a line of a log that names it.
using System;
using System.Linq;
using System.Threading.Tasks;

class OrderException : Exception {
	public OrderException(string message, Exception inner) : base(message, inner) {}
}

class Order {
	public int Check(string s) { return int.Parse(s); }

	public void Nested() {
		try {
			Check("twelve");
		} catch (FormatException e) {
			throw new OrderException("order 17 is bad", e);
		}
	}

	public async Task Late() {
		await Task.Delay(1);
		Check("x");
	}
}

static class Fault {
	static void Say(string name, Action job) {
		Console.WriteLine("2025-12-22 10:30:45 ERROR case " + name);
		try {
			job();
		} catch (Exception e) {
			Console.WriteLine(e);
		}
	}

	static void Main(string[] args) {
		if (args.Length > 0)
			new Order().Nested();
		Say("plain", () => new Order().Check("x"));
		Say("nested", () => new Order().Nested());
		Say("lambda", () => new[] {1, 0}.Select(x => 10 / x).ToList());
		Say("async", () => new Order().Late().Wait());
		Console.WriteLine("2025-12-22 10:30:45 INFO case end");
	}
}
