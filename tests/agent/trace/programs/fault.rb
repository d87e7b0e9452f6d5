# Faults on purpose: each is told behind a line of a log that names it.
class OrderError < StandardError; end

class Order
  def check
    Integer("twelve")
  end

  def nested
    check
  rescue ArgumentError
    raise OrderError, "order 17 is bad"
  end

  def walk(n)
    n.zero? ? check : walk(n - 1)
  end
end

def say(name)
  puts "2025-12-22 10:30:45 ERROR case #{name}"
  yield
rescue StandardError => e
  puts e.full_message(highlight: false, order: name == "reverse" ? :bottom : :top)
end

$stdout.sync = true
Order.new.nested if ARGV[0]
say("plain") { Order.new.check }
say("nested") { Order.new.nested }
say("recursion") { Order.new.walk(5) }
say("reverse") { Order.new.check }
say("lambda") { [1, 0].each { |x| 10 / x } }
puts "2025-12-22 10:30:45 INFO case end"
