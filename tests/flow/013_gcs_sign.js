'use strict';
/* tests/flow/013_gcs_sign.js - build/gcs-sign, and with it vertex's own signing, against Google's client.
 * Proves: issue "Google as it really is": "V4 signed URLs byte for byte as Google's client makes them";
 * "prints one signed URL made by the same code, for comparison with published conformance vectors".
 * golden/v4_signatures.json has the form of Google's conformance file and was made by its client. To run
 * the published file:  V4_SIGNATURES=v4_signatures.json V4_KEY=KEY.json node tests/flow/013_gcs_sign.js
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const { spawnSync } = require('node:child_process');
const { createHash } = require('node:crypto');
const { test, assert, before, after } = require('./tiny');
const { npm } = require('./answers');
const { Google, ACCOUNT } = require('./google');
const h = require('./harness');

const BUCKET = 'studio-test-media';
const KEY = process.env.V4_KEY || ACCOUNT;
const cases = JSON.parse(fs.readFileSync(process.env.V4_SIGNATURES || path.join(h.ROOT, 'tests/golden/v4_signatures.json'))).signingV4Tests;
let dir, google;

before(async () => {
	dir = h.makeDir(0o700);
	google = await new Google().start();
});
after(() => google.stop());

function run(...args) {
	return spawnSync(path.join(h.BUILD, 'gcs-sign'), args, { encoding: 'utf8' });
}
function sign(...args) {
	const r = run(...args);
	assert.equal(r.status, 0, r.stderr);
	assert.match(r.stdout, /^https?:\/\/[!-~]+\n$/);
	return r.stdout.trim();
}
const sha256 = (text) => createHash('sha256').update(text).digest('hex');
const signature = (url) => url.match(/X-Goog-Signature=([0-9a-f]+)/i)[1];

/* Where a case of the conformance file goes: host name, endpoint of the client, emulator, in this order. */
function place(t) {
	const host = t.bucketBoundHostname || t.hostname || t.clientEndpoint || t.emulatorHostname || (t.universeDomain && `storage.${t.universeDomain}`);
	const [, scheme, name] = (host || '').match(/^(?:(https?):\/\/)?(.*)$/);
	return { scheme: scheme || t.scheme || 'https', host: name };
}
function args(t) {
	const styles = { VIRTUAL_HOSTED_STYLE: 'virtual', BUCKET_BOUND_HOSTNAME: 'bucket-bound' };
	const { scheme, host } = place(t);
	const list = ['--key', KEY, '--method', t.method, '--bucket', t.bucket, '--expires', String(t.expiration), '--time', t.timestamp,
		'--scheme', scheme, '--style', styles[t.urlStyle] || 'path'];
	if (t.object)
		list.push('--object', t.object);
	if (host)
		list.push('--host', host);
	for (const [name, value] of Object.entries(t.headers || {}))
		for (const one of [value].flat())
			list.push('--header', `${name}: ${one}`);
	for (const [name, value] of Object.entries(t.queryParameters || {}))
		list.push('--query', `${name.replaceAll('=', '%3D')}=${value}`);
	return list;
}

test('every case of the conformance file', () => {
	assert.ok(cases.length >= 29);
	for (const t of cases) {
		const url = sign(...args(t));
		assert.equal(signature(url), signature(t.expectedUrl), t.description);
		assert.deepEqual(url.split(/[?&]/).sort(), t.expectedUrl.split(/[?&]/).sort(), t.description);	/* Google's client leaves the order to the caller */
	}
});

test('the vectors A, B and C', () => {
	const base = ['--key', ACCOUNT, '--bucket', BUCKET, '--time', '2030-01-01T00:00:00Z'];
	assert.equal(sha256(sign(...base, '--method', 'GET', '--object', 'users/u1/projects/p1/a b+cé (1).png', '--expires', '86400')),
		'f52f56bc64f252811530a7f1ee1465034c276287735a0d223583e36aad5aca6b');
	assert.equal(sha256(signature(sign(...base, '--method', 'GET', '--object', 'out/clip.mp4', '--expires', '3600', '--style', 'virtual',
		'--query', 'response-content-type=video/mp4', '--query', 'response-content-disposition=attachment; filename="my clip.mp4"'))),
	sha256('21b4e5e45216a2207faed17bd31432050e92cefc768570c90146f4ae2933586fa01b351e40ee365beea9936bc8320c7fead491ab4c5d5bde5bcd436db9c71b4fee69647893228dfe7d096c9b427830780fb6303cf17d1ec7c59915a745cedb365764be3a896fa5177913919de9598a191a180cea4936a2a836bd3972f3ecd3f1ce19c986dde84e4de2187e8e17ebec75e53ce9f3e1de156adb5d9856a205faab69e1c931880e3cd1331fbaf0ce56e31d8c4591741c3269ae9716b24f3522c41d838212e902ab9d89b5af66f1d63eedf389bda4062f50b03e9e6a42a592fa6d9b1f700a493c6f0e373f94ba1fe66165848d59d31f0c7814d3abf4458c902b9747'));
	assert.equal(sha256(sign(...base, '--method', 'PUT', '--object', 'in/img.png', '--expires', '604800', '--scheme', 'http', '--host', '127.0.0.1:9000',
		'--header', 'content-type: image/png', '--header', 'X-Goog-Meta-Owner:   u1   x ')), '7178cac736500608847554c1d3a7101cd8ec7b1ea68dff894464eff8c686b66b');
});

test('Google\'s client, asked now, signs every case likewise', async () => {
	const { Storage } = npm('@google-cloud/storage');
	const storage = new Storage({ keyFilename: KEY });
	for (const t of cases) {
		const at = new Date(Date.now() + 60000), bucket = storage.bucket(t.bucket), { scheme, host } = place(t);
		const config = { version: 'v4', action: 'read', accessibleAt: at, expires: new Date(+at + t.expiration * 1000), extensionHeaders: t.headers, queryParams: t.queryParameters };
		if (t.urlStyle === 'BUCKET_BOUND_HOSTNAME')
			config.cname = `${scheme}://${host}`;
		else if (t.urlStyle && t.object && !host)
			config.virtualHostedStyle = true;
		else if (t.urlStyle)		/* its bucket does not know that style */
			config.cname = `${scheme}://${t.bucket}.${host || 'storage.googleapis.com'}`;
		else if (host)
			config.host = `${scheme}://${host}`;
		if (t.object === undefined)
			config.action = 'list';
		const [theirs] = await (t.object === undefined ? bucket : bucket.file(t.object)).getSignedUrl(config);
		const [, date, seconds] = theirs.match(/X-Goog-Date=(\w+)&X-Goog-Expires=(\d+)/);	/* a bucket knows no accessibleAt */
		const timestamp = date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z');
		const ours = sign(...args({ ...t, method: 'GET', timestamp, expiration: seconds }));
		assert.equal(signature(ours), signature(theirs), t.description);
	}
}, { limit: 60 });

test('the emulator takes them', async () => {
	const base = ['--key', ACCOUNT, '--bucket', BUCKET, '--object', 'tool/a b/é.txt', '--expires', '60', '--scheme', 'http', '--host', `127.0.0.1:${google.port}`];
	const ask = (method, url, headers, body) => fetch(url, { method, headers, body });
	const put = sign(...base, '--method', 'PUT', '--header', 'content-type: text/plain', '--header', 'x-goog-meta-owner: a', '--header', 'x-goog-meta-owner: b');
	assert.equal((await ask('PUT', put, { 'content-type': 'text/plain', 'x-goog-meta-owner': 'a,b' }, 'hello')).status, 200);
	assert.equal((await ask('PUT', put, { 'content-type': 'text/html', 'x-goog-meta-owner': 'a,b' }, 'hello')).status, 403);
	const got = await ask('GET', sign(...base, '--method', 'GET', '--query', 'response-content-disposition=attachment; filename="x.txt"'));
	assert.equal(await got.text(), 'hello');
	assert.equal(got.headers.get('content-disposition'), 'attachment; filename="x.txt"');
});

/* ---- what is refused ---- */

const GOOD = ['--key', ACCOUNT, '--method', 'GET', '--bucket', BUCKET, '--object', 'x', '--expires', '60'];
function refused(list, words, status = 2) {
	const r = run(...list);
	assert.equal(r.status, status, `${list}: ${r.stdout}${r.stderr}`);
	assert.match(r.stderr, words);
	assert.equal(r.stdout, '');
	assert.equal(r.stderr.split('\n').length, 2, r.stderr);
}

test('arguments that are wrong are named, with 2', () => {
	sign(...GOOD);
	for (const missing of ['--key', '--method', '--bucket', '--expires'])
		refused(GOOD.filter((a, i) => a !== missing && GOOD[i - 1] !== missing), new RegExp(`${missing} is missing`));
	for (const seconds of ['0', '604801', '-1', '1e3', '', '60s', '99999999999999999999'])
		refused([...GOOD, '--expires', seconds], /--expires must be 1 to 604800/);
	for (const time of ['yesterday', '2019-02-30T00:00:00Z', '2019-02-01T09:00:00', '2019-02-01T09:00:00+01:00', '1969-12-31T23:59:59Z', ''])
		refused([...GOOD, '--time', time], /--time must be like/);
	for (const header of ['x', ': x', 'a b: x', 'a\r\nb: x', 'a: x\r\ny: z', 'host: x', 'a;b: x', 'a: \u0001'])
		refused([...GOOD, '--header', header], /header/);
	for (const query of ['x', '=x', 'a\nb=x', 'a=b\r\nc', 'X-Goog-Signature=0', 'x-goog-expires=999999'])
		refused([...GOOD, '--query', query], /query/);
	refused([...GOOD, '--header', 'x-goog-content-sha256: UNSIGNED'], /hexadecimal/);
	for (const host of ['', 'a/b', 'a@b', 'a:0', 'a:66000', 'a b', '[::1'])
		refused([...GOOD, '--host', host], /host|port/);
	refused([...GOOD, '--style', 'bucket-bound'], /needs --host/);
	refused([...GOOD, '--style', 'virtual', '--host', '127.0.0.1:1'], /virtual/);
	refused([...GOOD, '--style', 'other'], /--style/);
	refused([...GOOD, '--scheme', 'ftp'], /--scheme/);
	refused([...GOOD, '--method', 'get'], /method/);
	refused([...GOOD, '--bucket', 'a/b'], /bucket/);
	refused([...GOOD, '--object', 'a\nb'], /object/);
	refused([...GOOD, '--object', 'a'.repeat(1025)], /1024/);
	refused([...GOOD, ...Array(65).fill(['--header', 'a: b']).flat()], /64 times/);
	refused([...GOOD, '--nothing'], /--nothing is not known/);
	refused([...GOOD, 'more'], /"more" is not known/);
	refused([...GOOD, '--time'], /--time needs a value/);
	const r = run('--help');
	assert.equal(r.status, 0);
	assert.match(r.stdout, /^usage: gcs-sign/);
});

test('a key file that is none is told, with 1, and nothing of it', () => {
	const account = JSON.parse(fs.readFileSync(ACCOUNT));
	const key = (name, value) => {
		const p = path.join(dir, name);
		fs.writeFileSync(p, typeof value === 'string' || Buffer.isBuffer(value) ? value : JSON.stringify(value));
		return p;
	};
	const bad = [['nowhere', null, /No such file/], ['empty', '', /no JSON object/], ['half', JSON.stringify(account).slice(0, 900), /no JSON object/],
		['array', '[]', /no JSON object/], ['nothing', {}, /type is missing/], ['type', { ...account, type: 'x' }, /"x" is not one/],
		['user', { type: 'authorized_user', client_id: 'a', client_secret: 'b', refresh_token: 'c' }, /not service_account/],
		['email', { ...account, client_email: 'a"b' }, /client_email/], ['pem', { ...account, private_key: 'x' }, /private_key/],
		['cut', { ...account, private_key: account.private_key.slice(0, 400) }, /private_key/], ['number', { ...account, private_key: 7 }, /private_key/],
		['twice', JSON.stringify(account).replace('{', '{"type":"service_account",'), /no JSON object/],
		['large', `${JSON.stringify(account)}${' '.repeat(70000)}`, /over 65536 bytes/], ['deep', '['.repeat(60000), /no JSON object/],
		['many', `[${'[],'.repeat(20000)}[]]`, /no JSON object/], ['bytes', Buffer.alloc(5000, 0xff), /no JSON object/]];
	for (const [name, value, words] of bad) {
		const p = value === null ? path.join(dir, name) : key(name, value);
		const list = [...GOOD];
		list[1] = p;
		refused(list, words, 1);
		assert.doesNotMatch(run(...list).stderr, /MII|BEGIN/);
	}
	refused(['--key', '/dev/zero', ...GOOD.slice(2)], /over 65536 bytes/, 1);
	refused(['--key', dir, ...GOOD.slice(2)], /directory/, 1);
});
