// Faults on purpose: each is told behind a line of a log that names it.
'use strict';
const net = require('net');

function say(name, error) {
	console.log(`2025-12-22T10:30:45.123Z ERROR case ${name}`);
	console.log(error);
}

function trying(name, job) {
	try {
		job();
	} catch (e) {
		say(name, e);
	}
}

class Order {
	check() {
		return undefined.field;
	}

	nested() {
		try {
			this.check();
		} catch (e) {
			throw new Error('order 17 is bad', {cause: e});
		}
	}
}

async function inner() {
	await null;
	throw new RangeError('too far');
}

async function outer() {
	await inner();
}

function deep(n) {
	return deep(n + 1) + 1;
}

async function main() {
	if (process.argv[2] === 'throw')
		new Order().nested();
	if (process.argv[2] === 'reject')
		return outer();
	if (process.argv[2] === 'text')
		throw 'only words';
	trying('plain', () => new Order().check());
	trying('nested', () => new Order().nested());
	trying('recursion', () => deep(0));
	trying('lambda', () => [1].map(x => JSON.parse('{' + x)));
	trying('message', () => {
		throw new Error('first line\nsecond line');
	});
	trying('many', () => {
		throw new AggregateError([new Error('one'), new TypeError('two')], 'two of them');
	});
	await outer().catch(e => say('async', e));
	await new Promise(done => net.connect(1, '127.0.0.1').on('error', e => {
		say('code', e);
		done();
	}));
	console.log('2025-12-22T10:30:45.123Z INFO case end');
}

if (process.argv[2] === 'throw')
	new Order().nested();
main();
