// Clients of Node.js, as their users have them: forward_clients.js NAME HOST PORT COUNT [KEY USER PASSWORD]
'use strict';

const [, , name, host, port, count, key, user, password] = process.argv;
const security = key && {clientHostname: 'client.example', sharedKey: key, username: user, password};

function record(i) {
	return {message: `${name} ${i}`, n: i, level: 'warning', nested: {list: [1, 'two', null, true], half: 0.5}};
}

function fail(error) {
	console.error(String(error && error.message ? error.message : error));
	process.exit(1);
}

// npm's fluent-logger: one message a record, each with an acknowledgement.
function fluentLogger() {
	const logger = require('fluent-logger').createFluentSender('app', {
		host,
		port: Number(port),
		timeout: 3,
		requireAckResponse: true,
		ackResponseTimeout: 5000,
		eventMode: 'Message',
		security,
	});
	let acked = 0;

	logger.on('error', fail);
	for (let i = 0; i < count; i++)
		logger.emit('node', record(i), error => {
			if (error) fail(error);
			if (++acked === Number(count)) logger.end(null, null, () => console.log(`acked=${acked}`));
		});
}

// @fluent-org/logger: in each of its modes.
async function fluentOrg(eventMode) {
	const {FluentClient} = require('@fluent-org/logger');
	const logger = new FluentClient('app.node', {
		socket: {host, port: Number(port), timeout: 3000},
		ack: {ackTimeout: 5000},
		eventMode,
		security: security || undefined,
		onSocketError: fail,
	});
	const sent = [];

	for (let i = 0; i < count; i++) sent.push(logger.emit(record(i)));
	await Promise.all(sent);
	await logger.shutdown();
	console.log(`acked=${sent.length}`);
}

if (name === 'fluent-logger') fluentLogger();
else fluentOrg(name).catch(fail);
