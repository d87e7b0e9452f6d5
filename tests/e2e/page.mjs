// What page.sh looks at: both agents run already.  Prints figures as "# ...", and throws where something is not as it should be.
import assert from 'node:assert/strict';
import {appendFileSync, mkdtempSync} from 'node:fs';
import {createRequire} from 'node:module';
import {join} from 'node:path';

const env = process.env;
const {chromium} = createRequire(env.PLAYWRIGHT)('playwright-core');
const origin = port => `http://127.0.0.1:${port}/`;
const figure = text => console.log('# ' + text);
const log = (folder, name, ...lines) => appendFileSync(join(env.WORK, folder, name), lines.join('\n') + '\n');
const line = (level, message, more = {}) => JSON.stringify({timestamp: new Date().toISOString(), level, message, ...more});
const hostile = '<img src=x onerror="document.title=1"><script>document.title=2</script>';

const browser = await chromium.launchPersistentContext(mkdtempSync(join(env.WORK, 'chromium.')), {
	executablePath: env.CHROMIUM, headless: true, viewport: {width: 1280, height: 900}, colorScheme: 'light',
	args: ['--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run', '--disable-background-networking',
		'--disable-component-update', '--disable-sync'],
});
const errors = [], strangers = [];
const open = async port => {
	const page = await browser.newPage();
	page.on('console', m => m.type() === 'error' && errors.push(m.text()));
	page.on('pageerror', e => errors.push(String(e)));
	page.on('request', r => r.url().startsWith(origin(port)) || r.url().startsWith('data:') || strangers.push(r.url()));
	page.setDefaultTimeout(8000);
	await page.goto(origin(port));
	return page;
};
const text = (page, selector) => page.locator(selector).first().innerText();
const until = (page, fn, arg) => page.waitForFunction(fn, arg, {polling: 50, timeout: 8000});
const tile = (page, name) => page.evaluate(n => [...document.querySelectorAll('#tiles dt')]
	.find(dt => dt.textContent === n).nextSibling.textContent, name);
const shoot = async (page, name) => {
	for (const width of [1280, 360]) for (const colorScheme of ['light', 'dark']) {
		await page.setViewportSize({width, height: 900});
		await page.emulateMedia({colorScheme});
		await page.screenshot({path: join(env.SHOTS, `${name}-${width}-${colorScheme}.png`), fullPage: true});
	}
	await page.setViewportSize({width: 1280, height: 900});
	await page.emulateMedia({colorScheme: 'light'});
};

/* ── it moves ── */

const works = await open(env.WORKS_PORT);
let n = 0;
const writing = setInterval(() => {
	log('works', 'orders.log', ...Array.from({length: 20}, () => line('info', `Work order ${++n} released`, {order_id: n})));
	log('works', 'presses.log', line('warn', `Press ${n % 7} is ${n % 90} degrees warm`));
}, 100);
await until(works, () => document.querySelectorAll('#sources tbody tr').length === 2);
await until(works, () => document.querySelector('#throughput path.s1').getAttribute('d').split('L').length > 3);
assert.match(await text(works, '#health'), /^ok$/);
assert.match(await text(works, 'h1'), /node_works/);
const position = await text(works, '#sources tbody tr td:nth-child(5)');
await until(works, old => document.querySelector('#sources tbody tr td:nth-child(5)').innerText !== old, position);
await until(works, () => Number([...document.querySelectorAll('#tiles dd')][0].textContent) > 20);
await until(works, () => Number([...document.querySelectorAll('#tiles dd')][1].textContent) > 20);
figure(`events/s in: ${await tile(works, 'events/s in')}, documents/s out: ${await tile(works, 'documents/s out')}`);

/* ── the live tail ── */

log('works', 'orders.log', line('info', hostile), ...Array.from({length: 3}, () => line('info', 'needle')));
await works.locator('#filter').fill('needle');
await until(works, () => document.querySelectorAll('#lines details').length === 3);
assert.match(await text(works, '#lines details'), /needle/);
await works.locator('#filter').fill('onerror');
await until(works, () => document.querySelectorAll('#lines details').length === 1);
assert.ok((await text(works, '#lines details')).includes(hostile), 'a hostile line is shown as it is');
await works.locator('#lines summary').click();
await until(works, () => document.querySelector('#lines pre')?.textContent.includes('onerror'));
assert.equal(await works.locator('#lines img, #lines script').count(), 0);
await works.locator('#filter').fill('');
await works.locator('#level').selectOption('ERROR');
log('works', 'orders.log', line('error', 'disk full'));
await until(works, () => document.querySelectorAll('#lines .level').length &&
	[...document.querySelectorAll('#lines .level')].every(l => l.textContent === 'ERROR'));
await works.locator('#level').selectOption('');
await works.locator('#collection').selectOption('system_logs');

/* ── by keyboard ── */

await works.evaluate(() => scrollTo(0, 0));
await works.mouse.click(1, 1);
const focused = () => works.evaluate(() => {
	const el = document.activeElement, style = getComputedStyle(el);
	return {at: el.id || el.className || el.tagName, seen: style.outlineStyle !== 'none' && parseFloat(style.outlineWidth) >= 2};
});
const tab = async expected => {
	await works.keyboard.press('Tab');
	const f = await focused();
	assert.equal(f.at, expected, 'the order of focus');
	assert.ok(f.seen, `focus is not seen at ${f.at}`);
};
await tab('skip');
await works.keyboard.press('Enter');
await tab('filter');
await works.keyboard.type('order');
await until(works, () => document.querySelectorAll('#lines details').length > 5);
await tab('level');
await tab('collection');
await tab('pause');
await works.keyboard.press('Space');
assert.equal(await works.getAttribute('#pause', 'aria-pressed'), 'true');
await until(works, () => /^Paused; \d+ new/.test(document.querySelector('#tail-words').textContent));
const held = await works.locator('#lines details').first().innerText();
await until(works, () => Number(/\d+/.exec(document.querySelector('#tail-words').textContent)[0]) > 100);
assert.equal(await works.locator('#lines details').first().innerText(), held, 'a paused tail stands still');
await works.keyboard.press('Space');
await until(works, old => document.querySelector('#lines details').innerText !== old, held);
await tab('clear');
await works.keyboard.press('Shift+Tab');
await works.keyboard.press('Enter'); /* paused: so that nothing comes behind the clearing */
await tab('clear');
await works.keyboard.press('Enter');
await until(works, () => document.querySelectorAll('#lines details').length === 0);
await works.keyboard.press('Shift+Tab');
await works.keyboard.press('Enter');
await tab('clear');
await tab('lines');
await works.locator('#filter').fill('');

/* ── every control has a name, every part of the page a heading or a label ── */

const nameless = await works.evaluate(() => [...document.querySelectorAll('section, input, select, button')].filter(el =>
	!el.hidden && !el.labels?.length && !el.getAttribute('aria-label') && !el.getAttribute('aria-labelledby') && !el.textContent.trim())
	.map(el => el.outerHTML.slice(0, 80)));
assert.deepEqual(nameless, []);

/* ── what is stuck ── */

const stuck = await open(env.STUCK_PORT);
log('stuck', 'fine.log', line('info', 'x'));
await until(stuck, () => document.querySelectorAll('#sources tbody tr').length === 1);
assert.equal(await stuck.locator('.is-stuck').count(), 0);
const begun = Date.now();
log('stuck', 'many.log', ...Array.from({length: 40000}, (_, i) => line('info', `line ${i} that finds no room in a spool that is full`)));
await until(stuck, () => document.querySelector('#sources tr.is-stuck .stuck'));
const took = Date.now() - begun;
assert.match(await text(stuck, '#sources tr.is-stuck'), /many\.log[^]*stuck for \d+ s/);
assert.ok(took < 5000, `a stuck source shows after ${took} ms`);
figure(`a stuck source shows after ${took} ms`);
const lag = await text(stuck, '#sources tbody tr td:nth-child(3)');
log('stuck', 'many.log', 'x'.repeat(400000));
await until(stuck, old => document.querySelector('#sources tbody tr td:nth-child(3)').innerText !== old, lag);
await until(stuck, () => /failing|degraded/.test(document.querySelector('#health').textContent));
assert.match(await text(stuck, '#problem-list'), /What to do:/);
await until(stuck, () => document.querySelector('#fill.full'));

/* ── a small screen ── */

await stuck.bringToFront();
await shoot(stuck, 'stuck');
await works.bringToFront();
await shoot(works, 'works');
for (const page of [works, stuck]) {
	await page.setViewportSize({width: 360, height: 640});
	const wide = await page.evaluate(() => [document.documentElement.scrollWidth, ...[...document.querySelectorAll('main *')]
		.filter(el => el.getBoundingClientRect().right > 361 && !el.closest('thead')).map(el => el.tagName + '#' + el.id)]);
	assert.deepEqual(wide, [360], 'it does not scroll sideways');
}
assert.deepEqual(errors, [], 'no error in the console');

/* ── the agent is away, and comes back ── */

process.kill(Number(env.WORKS_PID), 'SIGSTOP');
try {
	await until(works, () => /does not answer since/.test(document.querySelector('#away').textContent));
} finally {
	process.kill(Number(env.WORKS_PID), 'SIGCONT');
}
await until(works, () => document.querySelector('#away').hidden && document.querySelector('#health').textContent === 'ok');
clearInterval(writing);
assert.deepEqual(strangers, [], 'nobody else is asked');
await browser.close();
