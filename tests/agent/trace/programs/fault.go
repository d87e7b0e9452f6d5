// Faults on purpose: one a run, named by the first argument.
package main

import (
	"fmt"
	"os"
	"strings"
)

type order struct{ parts []int }

func (o *order) part(i int) int { return o.parts[i] }

func (o order) walk(f func(int)) {
	for i := range o.parts {
		f(i)
	}
}

func deep(n int) int {
	if n == 0 {
		panic("deep enough")
	}
	return deep(n-1) + 1
}

func main() {
	o := &order{parts: []int{1}}
	var none *order
	name := "index"
	if len(os.Args) > 1 {
		name = os.Args[1]
	}
	switch name {
	case "nil":
		fmt.Println(none.part(0))
	case "closure":
		o.walk(func(i int) { panic(fmt.Errorf("part %d is bad", i)) })
	case "deep":
		deep(5)
	case "goroutine":
		go func() { fmt.Println(o.part(9)) }()
		select {}
	case "repanic":
		defer func() { panic(fmt.Sprint("again: ", recover())) }()
		strings.Repeat("x", -1)
	case "deadlock":
		<-make(chan int)
	default:
		fmt.Println(o.part(7))
	}
}
