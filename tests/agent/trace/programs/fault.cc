// Faults on purpose: an exception that nobody catches.
#include <stdexcept>

struct Order {
	void check(int n)
	{
		if (n > 1)
			throw std::runtime_error("order 17 is bad");
	}
};

int main(int argc, char **)
{
	Order().check(argc + 1);
}
