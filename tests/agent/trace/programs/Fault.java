/* Faults on purpose: each is told behind a line of a log that names it. */
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;

public class Fault {
	static class OrderException extends RuntimeException {
		OrderException(String message, Throwable cause) {
			super(message, cause);
		}
	}

	static class Resource implements AutoCloseable {
		public void close() {
			throw new IllegalArgumentException("cannot close");
		}
	}

	interface Job {
		void run() throws Exception;
	}

	static void say(String name, Job job) {
		System.out.println("2025-12-22 10:30:45,123 ERROR [main] Fault - case " + name);
		try {
			job.run();
		} catch (Throwable t) {
			t.printStackTrace(System.out);
		}
	}

	static int parse(String s) {
		return Integer.parseInt(s);
	}

	static void nested() {
		try {
			parse("twelve");
		} catch (NumberFormatException e) {
			throw new OrderException("order 17 is bad", e);
		}
	}

	static void suppressed() throws Exception {
		try (Resource r = new Resource()) {
			throw new IllegalStateException("in use");
		}
	}

	static int deep(int n) {
		return deep(n + 1) + 1;
	}

	static void lambda() {
		List.of(1, 0).forEach(x -> System.out.print(10 / x > 100 ? "" : ""));
	}

	static void message() {
		throw new IllegalStateException("first line\nsecond line\n\nlast line");
	}

	static void async() {
		CompletableFuture.supplyAsync(() -> parse("x")).join();
	}

	public static void main(String[] args) throws Exception {
		if (args.length > 0)
			nested();
		say("nested", Fault::nested);
		say("suppressed", Fault::suppressed);
		say("recursion", () -> deep(0));
		say("lambda", Fault::lambda);
		say("message", Fault::message);
		say("async", Fault::async);
		System.out.println("2025-12-22 10:30:45,123 INFO [main] Fault - case end");
	}
}
