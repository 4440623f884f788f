'use strict';
/* tests/flow/074_smuggling.js - requests that two readers could understand differently.
 * Proves: issue 3, "HTTP manners" ("request smuggling cases answered 400"): one answer, 400, with
 * all our manners, then the connection is closed; what hides behind it is never run. RFC 9112
 * (2.2, 3, 5, 6, 7.1), RFC 9113 (8.1 to 8.3).
 * Licence: Apache-2.0. */
const net = require('node:net');
const tls = require('node:tls');
const { test, assert, before } = require('./tiny');
const { mustFail, Response } = require('./client');
const x = require('./raw2');
const { Raw2, frame, fields, head, END_STREAM, END_HEADERS } = x;
const h = require('./harness');

let t;

before(async () => {
	t = await h.start();
});

/* Everything that comes until the other side closes; null where it does not. */
function exchange(bytes, { pieces = 1, secure = false } = {}) {
	return new Promise((yes, no) => {
		const s = secure ? tls.connect({ port: t.httpsPort, host: '127.0.0.1', rejectUnauthorized: false }) : net.connect(t.port, '127.0.0.1');
		const all = Buffer.from(bytes, 'latin1');
		let got = '';
		const timer = setTimeout(() => { s.destroy(); yes({ open: true, got }); }, 4000);
		s.setNoDelay(true);
		s.on('data', (d) => { got += d.toString('latin1'); });
		s.on('error', (e) => { if (!got) no(e); });
		s.on('close', () => { clearTimeout(timer); yes({ open: false, got }); });
		for (let i = 0; i < pieces; i++)
			setTimeout(() => s.writable && s.write(all.subarray(Math.floor(i * all.length / pieces), Math.floor((i + 1) * all.length / pieces))), i * 15);
	});
}

function answers(got) {
	const list = [];
	while (got.length > 0) {
		const at = got.indexOf('\r\n\r\n');
		assert.ok(at > 0, `no answer: ${got.slice(0, 200)}`);
		const [line, ...rest] = got.slice(0, at).split('\r\n');
		const headers = Object.fromEntries(rest.map((f) => [f.slice(0, f.indexOf(':')).toLowerCase(), f.slice(f.indexOf(':') + 2)]));
		const n = Number(headers['content-length'] || 0);
		list.push(new Response(Number(line.split(' ')[1]), headers, Buffer.from(got.slice(at + 4, at + 4 + n), 'latin1'), '1.1'));
		got = got.slice(at + 4 + n);
	}
	return list;
}

const HIDDEN = 'GET /hidden-request HTTP/1.1\r\nHost: a\r\n\r\n';
const post = (lines, body = '', first = 'POST /api/auth/login HTTP/1.1') => `${first}\r\nHost: a\r\nContent-Type: application/json\r\n${lines.map((l) => `${l}\r\n`).join('')}\r\n${body}${HIDDEN}`;
const get = (lines, first = 'GET /healthz HTTP/1.1') => `${first}\r\n${lines.map((l) => `${l}\r\n`).join('')}\r\n${HIDDEN}`;
const chunked = (body) => post(['Transfer-Encoding: chunked'], body);
const length = (value) => post([`Content-Length:${value}`], '{}');
const coding = (value) => post([`Transfer-Encoding:${value}`], '2\r\n{}\r\n0\r\n\r\n');

const cases = {
	'CL.TE': post(['Content-Length: 6', 'Transfer-Encoding: chunked'], '0\r\n\r\nG'),
	'TE.CL': post(['Transfer-Encoding: chunked', 'Content-Length: 4'], '2\r\n{}\r\n0\r\n\r\n'),
	'TE.TE': post(['Transfer-Encoding: chunked', 'Transfer-Encoding: identity'], '0\r\n\r\n'),
	'TE.TE, the same twice': post(['Transfer-Encoding: chunked', 'Transfer-Encoding: chunked'], '0\r\n\r\n'),
	'TE in other letters beside CL': post(['Content-Length: 2', 'tRANSFER-eNCODING: chunked'], '{}'),
	'CL.CL': post(['Content-Length: 2', 'Content-Length: 40'], '{}'),
	'CL.CL, the same': post(['Content-Length: 2', 'Content-Length: 2'], '{}'),
	'CL list': length(' 2, 2'), 'CL plus': length(' +2'), 'CL minus': length(' -2'), 'CL hex': length(' 0x2'), 'CL octal': length(' 02'), 'CL space': length(' 2 '),
	'CL inner space': length(' 2 0'), 'CL empty': length(''), 'CL float': length(' 2.0'), 'CL exponent': length(' 2e0'), 'CL over 64 bits': length(' 18446744073709551618'),
	'CL vertical tab': length(' \x0b2'), 'CL other digits': length(' \xd9\xa2'), 'CL with a name of two words': post(['Content Length: 2'], '{}'),
	'TE unknown': coding(' gzip'), 'TE list': coding(' gzip, chunked'), 'TE list, last not chunked': coding(' chunked, gzip'), 'TE identity': coding(' identity'),
	'TE quoted': coding(' "chunked"'), 'TE with a parameter': coding(' chunked;q=1'), 'TE with a space behind': coding(' chunked '), 'TE vertical tab': coding(' \x0bchunked'),
	'TE with a comma': coding(' chunked,'), 'TE empty': coding(''), 'TE nearly': coding(' xchunked'), 'TE form feed': coding(' chunked\x0c'), 'TE NUL': coding(' chunked\0'),
	'TE in HTTP/1.0': post(['Transfer-Encoding: chunked'], '2\r\n{}\r\n0\r\n\r\n', 'POST /api/auth/login HTTP/1.0'),
	'TE with a space before its colon': post(['Transfer-Encoding : chunked', 'Content-Length: 2'], '{}'),
	'TE folded': post(['Transfer-Encoding:', ' chunked', 'Content-Length: 2'], '{}'),
	'TE behind a bare CR': post(['X: y\rTransfer-Encoding: chunked', 'Content-Length: 2'], '{}'),
	'TE behind a bare LF': post(['X: y\nTransfer-Encoding: chunked', 'Content-Length: 2'], '{}'),
	'chunk extension': chunked('2;a=b\r\n{}\r\n0\r\n\r\n'), 'chunk extension on the last': chunked('2\r\n{}\r\n0;a\r\n\r\n'), 'chunk extension with LF': chunked('2;\n{}\r\n0\r\n\r\n'),
	'chunk size with a sign': chunked('+2\r\n{}\r\n0\r\n\r\n'), 'chunk size minus': chunked('-1\r\n'), 'chunk size 0x': chunked('0x2\r\n{}\r\n0\r\n\r\n'), 'chunk size space': chunked('2 \r\n{}\r\n0\r\n\r\n'),
	'chunk size empty': chunked('\r\n{}\r\n0\r\n\r\n'), 'chunk size none': chunked('zz\r\n'), 'chunk size over 64 bits': chunked('10000000000000002\r\n{}\r\n0\r\n\r\n'),
	'chunk size of 64 bits': chunked('ffffffffffffffff\r\nx'), 'chunk size with zeros': chunked('0000000000000002\r\n{}\r\n0\r\n\r\n'), 'chunk size LF': chunked('2\n{}\r\n0\r\n\r\n'),
	'chunk size CR': chunked('2\r{}\r\n0\r\n\r\n'), 'chunk longer than said': chunked('1\r\n{}\r\n0\r\n\r\n'), 'chunk end LF': chunked('2\r\n{}\n0\r\n\r\n'), 'chunk end CR CR LF': chunked('2\r\n{}\r\r\n0\r\n\r\n'),
	'chunk end other': chunked('2\r\n{}XX0\r\n\r\n'), 'last chunk LF': chunked('2\r\n{}\r\n0\n\n'), 'trailer with a bare LF': chunked('0\r\nX: y\n\r\n'), 'trailer folded': chunked('0\r\nX: y\r\n z\r\n\r\n'),
	'bare LF behind the request line': `GET /healthz HTTP/1.1\nHost: a\r\n\r\n${HIDDEN}`, 'bare LF behind a field': `GET /healthz HTTP/1.1\r\nHost: a\nX: y\r\n\r\n${HIDDEN}`,
	'bare LF at the end': `GET /healthz HTTP/1.1\r\nHost: a\r\n\n${HIDDEN}`, 'bare LF before': `\nGET /healthz HTTP/1.1\r\nHost: a\r\n\r\n${HIDDEN}`,
	'bare CR in a value': get(['Host: a', 'X: y\rz']), 'bare CR in the target': get(['Host: a'], 'GET /health\rz HTTP/1.1'), 'obs-fold': get(['Host: a', 'X: y', '\tz']), 'obs-fold at once': get([' Host: a']),
	'NUL in a value': get(['Host: a', 'X: a\0b']), 'NUL in a name': get(['Host: a', 'X\0: a']), 'NUL in the target': get(['Host: a'], 'GET /health\0z HTTP/1.1'), 'NUL in the method': get(['Host: a'], 'G\0T /healthz HTTP/1.1'),
	'space before a colon': get(['Host: a', 'X : y']), 'space before the colon of Host': get(['Host : a']), 'no colon': get(['Host: a', 'X']), 'no name': get(['Host: a', ': y']), 'a name that is no token': get(['Host: a', 'X(y): z']),
	'no Host': get([]), 'two Hosts': get(['Host: a', 'Host: b']), 'Host with a user': get(['Host: a@b']), 'Host with a path': get(['Host: a/b']), 'Host with a space': get(['Host: a b']),
	'absolute target, other Host': get(['Host: a'], 'GET http://b/healthz HTTP/1.1'), 'absolute target, other port': get(['Host: a'], 'GET http://a:8080/healthz HTTP/1.1'),
	'absolute target with a user': get(['Host: a'], 'GET http://u@a/healthz HTTP/1.1'), 'target of another scheme': get(['Host: a'], 'GET ftp://a/healthz HTTP/1.1'), 'target without a slash': get(['Host: a'], 'GET healthz HTTP/1.1'),
	'target with a fragment': get(['Host: a'], 'GET /healthz#x HTTP/1.1'), 'no target': get(['Host: a'], 'GET  HTTP/1.1'), 'two spaces': get(['Host: a'], 'GET  /healthz HTTP/1.1'), 'a tab': get(['Host: a'], 'GET\t/healthz HTTP/1.1'),
	'a space in the target': get(['Host: a'], 'GET /health z HTTP/1.1'), 'authority-form': get(['Host: a:22'], 'CONNECT a:22 HTTP/1.1'),
	'two Authorizations': get(['Host: a', 'Authorization: Bearer a', 'Authorization: Bearer b']), 'two Content-Types': post(['Content-Type: text/plain', 'Content-Length: 2'], '{}'),
	'two Idempotency-Keys': get(['Host: a', 'Idempotency-Key: a', 'idempotency-key: b']),
	'HTTP/0.9': `GET /healthz\r\n\r\n${HIDDEN}`, 'HTTP/0.9 by name': get(['Host: a'], 'GET /healthz HTTP/0.9'), 'HTTP/1.2': get(['Host: a'], 'GET /healthz HTTP/1.2'), 'HTTP/2.0': get(['Host: a'], 'GET /healthz HTTP/2.0'),
	'HTTP/1.10': get(['Host: a'], 'GET /healthz HTTP/1.10'), 'HTTP/1.': get(['Host: a'], 'GET /healthz HTTP/1.'), 'http/1.1': get(['Host: a'], 'GET /healthz http/1.1'), 'the preface of HTTP/2': `PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n${HIDDEN}`,
	'a method that is no token': get(['Host: a'], 'G(T /healthz HTTP/1.1'), 'a method with a colon': get(['Host: a'], 'GET: /healthz HTTP/1.1'), 'a method in Latin-1': get(['Host: a'], 'G\xc9T /healthz HTTP/1.1'),
};

async function refused(what, bytes, how) {
	const r = await exchange(bytes, how);
	try {
		assert.equal(r.open, false, 'the connection stays open');
		const list = answers(r.got);
		assert.equal(list.length, 1, `${list.length} answers`);
		mustFail(list[0], 400, 'VALIDATION_ERROR');
		assert.equal(list[0].headers['x-content-type-options'], 'nosniff');
		assert.equal(list[0].headers.connection, 'close');
	} catch (e) {
		throw new Error(`${what} ${JSON.stringify(how || {})}: ${e.message}\n${r.got.slice(0, 500)}`);
	}
}

for (const [how, name] of [[{}, 'at once'], [{ pieces: 4 }, 'in pieces'], [{ secure: true }, 'over TLS']])
	test(`${Object.keys(cases).length} requests that can be read in two ways are refused, ${name}`, async () => {
		const list = Object.entries(cases);
		for (let i = 0; i < list.length; i += 8)
			await Promise.all(list.slice(i, i + 8).map(([what, bytes]) => refused(what, bytes, how)));
		assert.doesNotMatch(t.everything, /hidden-request/);
	}, { limit: 40 });

test('what is well formed is not', async () => {
	for (const bytes of [post(['Content-Length: 2'], '{}'), chunked('2\r\n{}\r\n0\r\n\r\n'), chunked('1\r\n{\r\n00000001\r\n}\r\n0\r\nX-Trailer: y\r\n\r\n'), post(['Transfer-Encoding: CHUNKED'], '2\r\n{}\r\n0\r\n\r\n'),
		`\r\n${post(['Content-Length: 2'], '{}')}`])
		for (const pieces of [1, 5]) {
			const r = await exchange(bytes.replace('/hidden-request HTTP/1.1\r\nHost: a', '/healthz HTTP/1.1\r\nHost: a\r\nConnection: close'), { pieces });
			const list = answers(r.got);
			assert.deepEqual(list.map((a) => a.status), [400, 200], r.got);
			mustFail(list[0], 400, 'VALIDATION_ERROR', { field: ['email', 'password'] });
		}
	const r = await exchange(`GET http://A:80/healthz?x=1 HTTP/1.1\r\nHost: a:80\r\nConnection: close\r\n\r\n`);
	assert.equal(answers(r.got)[0].status, 200);
});

/* ---- HTTP/2 ---- */

const good = [[':method', 'GET'], [':scheme', 'https'], [':authority', 'localhost'], [':path', '/healthz']];
const without = (name) => good.filter(([n]) => n !== name);
const but = (name, value) => good.map(([n, v]) => [n, n === name ? value : v]);
const request = (list, flags = END_STREAM) => frame(x.HEADERS, flags | END_HEADERS, 1, fields(list));
const login = (more) => head('POST', '/api/auth/login', [['content-type', 'application/json'], ...more]);

/* What becomes of it: an answer of 400, a reset of the stream, or the end of the connection;
 * RFC 9113, 8.1.1 lets us choose. */
const two = {
	'method twice': [request([...good, [':method', 'POST']]), 'end'], 'path twice': [request([[':path', '/a'], ...good]), 'end'], 'scheme twice': [request([[':scheme', 'https'], ...good]), 'end'],
	'authority twice': [request([[':authority', 'a'], ...good]), 'end'], 'a pseudo field after others': [request([['x', 'y'], ...good]), 'end'], 'one that nobody knows': [request([...good, [':x', 'y']]), 'end'],
	'one of answers': [request([...good, [':status', '200']]), 'end'], 'an empty name': [request([...good, ['', 'y']]), '400'], 'upper case': [request([...good, ['X-Y', 'z']]), 'end'],
	'Connection': [request([...good, ['connection', 'close']]), 'end'], 'Keep-Alive': [request([...good, ['keep-alive', '1']]), '400'], 'Proxy-Connection': [request([...good, ['proxy-connection', 'close']]), '400'],
	'Transfer-Encoding': [request([...good, ['transfer-encoding', 'chunked']]), 'end'], 'Upgrade': [request([...good, ['upgrade', 'h2c']]), 'end'], 'TE': [request([...good, ['te', 'gzip']]), 'end'],
	'no method': [request(without(':method')), 'reset'], 'no path': [request(without(':path')), 'reset'], 'no scheme': [request(without(':scheme')), 'reset'],
	'an empty method': [request(but(':method', '')), '400'], 'an empty path': [request(but(':path', '')), '400'], 'an empty scheme': [request(but(':scheme', '')), '400'],
	'another scheme': [request(but(':scheme', 'ftp')), '400'], 'http over TLS': [request(but(':scheme', 'http')), '400'], 'a request line in the method': [request(but(':method', 'GET /hidden-request HTTP/1.1')), '400'],
	'a method with CRLF': [request(but(':method', 'GET\r\nX: y')), '400'], 'a path with a space': [request(but(':path', '/healthz HTTP/1.1')), '400'], 'a path with CRLF': [request(but(':path', '/healthz\r\nX: y')), '400'],
	'a path with NUL': [request(but(':path', '/health\0z')), '400'], 'a path without a slash': [request(but(':path', 'healthz')), '400'], 'a path with an authority': [request(but(':path', 'https://a/healthz')), '400'],
	'a path with a fragment': [request(but(':path', '/healthz#a')), '400'], 'an authority with a user': [request(but(':authority', 'u@a')), '400'], 'an authority with a path': [request(but(':authority', 'a/b')), '400'],
	'an authority with CRLF': [request(but(':authority', 'a\r\nX: y')), '400'],
	'CR in a value': [request([...good, ['x', 'a\rb']]), '400'], 'LF in a value': [request([...good, ['x', 'a\nb']]), '400'], 'NUL in a value': [request([...good, ['x', 'a\0b']]), '400'],
	'CRLF in a name': [request([...good, ['x\r\ny', 'z']]), '400'], 'a colon in a name': [request([...good, ['x:y', 'z']]), '400'], 'a space in a name': [request([...good, ['x y', 'z']]), '400'],
	'a length that is none': [request([...good, ['content-length', '+1']], 0), 'end'], 'a length, and no body': [request([...good, ['content-length', '5']]), '400'],
	'a body longer than its length': [Buffer.concat([frame(x.HEADERS, END_HEADERS, 1, login([['content-length', '1']])), frame(x.DATA, END_STREAM, 1, Buffer.from('{}'))]), 'reset'],
	'a body shorter than its length': [Buffer.concat([frame(x.HEADERS, END_HEADERS, 1, login([['content-length', '9']])), frame(x.DATA, END_STREAM, 1, Buffer.from('{}'))]), 'reset'],
	'a pseudo field in a trailer': [Buffer.concat([frame(x.HEADERS, END_HEADERS, 1, login([])), frame(x.DATA, 0, 1, Buffer.from('{}')), frame(x.HEADERS, END_HEADERS | END_STREAM, 1, fields([[':path', '/hidden-request']]))]), 'end'],
	'two Authorizations': [request([...good, ['authorization', 'Bearer a'], ['authorization', 'Bearer b']]), '400'],
	'too many fields': [request([...good, ...Array.from({ length: 100 }, (_, i) => [`x${i}`, 'y'])]), '431'], 'too large fields': [Buffer.concat([frame(x.HEADERS, END_STREAM, 1, fields([...good, ['x', 'y'.repeat(15000)]])), frame(x.CONTINUATION, END_HEADERS, 1, fields([['z', 'y'.repeat(5000)]]))]), '431'],
};

test(`${Object.keys(two).length} malformed requests over HTTP/2 end as RFC 9113 has it`, async () => {
	for (const [what, [bytes, end]] of Object.entries(two)) {
		const c = await Raw2.open(t.httpsPort);
		c.send(bytes);
		try {
			if (end === 'end') {
				await h.until(3, 'its end', () => c.closed);
				assert.equal(c.goaway, 1);
			} else if (end === 'reset') {
				await h.until(3, 'its reset', () => c.reset(1) !== undefined);
				assert.equal(c.reset(1), 1);
			} else {
				const body = JSON.parse(await h.until(3, 'its answer', () => c.body(1)));
				assert.equal(body.statusCode, Number(end), JSON.stringify(body));
				assert.equal(body.errors, null);
			}
		} catch (e) {
			throw new Error(`${what}: ${e.message}`);
		} finally {
			c.end();
		}
	}
	assert.doesNotMatch(t.everything, /"path":"[^"]*hidden-request/);
}, { limit: 40 });

test('trailers are no header fields', async () => {
	const user = await t.user();
	const c = await Raw2.open(t.httpsPort);
	c.send(frame(x.HEADERS, END_HEADERS, 1, head('POST', '/api/projects', [['content-type', 'application/json']])), frame(x.DATA, 0, 1, Buffer.from('{"name":"x"}')),
		frame(x.HEADERS, END_HEADERS | END_STREAM, 1, fields([['authorization', `Bearer ${user.token}`]])));
	assert.equal(JSON.parse(await h.until(3, 'its answer', () => c.body(1))).code, 'UNAUTHORIZED');
	c.end();
});
