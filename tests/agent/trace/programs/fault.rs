//! Faults on purpose: one a run, named by the first argument.
struct Order {
    parts: Vec<u32>,
}

impl Order {
    fn part(&self, i: usize) -> u32 {
        self.parts[i]
    }
}

fn unwrap() -> i32 {
    "twelve".parse::<i32>().unwrap()
}

fn main() {
    let order = Order { parts: vec![1] };
    match std::env::args().nth(1).as_deref() {
        Some("index") => println!("{}", order.part(7)),
        Some("unwrap") => println!("{}", unwrap()),
        Some("closure") => [1u32, 0].iter().for_each(|x| println!("{}", 10 / x)),
        Some("thread") => std::thread::Builder::new()
            .name("worker".into())
            .spawn(|| panic!("first line\nsecond line"))
            .unwrap()
            .join()
            .unwrap(),
        _ => assert_eq!(order.parts.len(), 2, "parts of the order"),
    }
}
