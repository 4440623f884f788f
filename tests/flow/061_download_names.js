'use strict';
/* tests/flow/061_download_names.js - the names that signed URLs give to what they open; and what one that
 * cannot be signed costs the others: nothing.
 * Proves: issue "Google as it really is": "V4 signed URLs byte for byte as Google's client makes them,
 * with `response-content-disposition`", "signed URLs are cached until half their life".
 * Licence: Apache-2.0. */
const { test, assert, before, after } = require('./tiny');
const { npm } = require('./answers');
const { ACCOUNT } = require('./google');
const { mustFail } = require('./client');
const { judge } = require('./media');
const { Postgres } = require('./postgres');
const F = require('./forms');
const h = require('./harness');

let t, pg, user, project, storage;
const made = [];

before(async () => {
	pg = await new Postgres().create();
	t = await h.start({ env: { DATABASE_URL: pg.url } });
	user = await t.user();
	project = await t.project();
	storage = new (npm('@google-cloud/storage').Storage)({ keyFilename: ACCOUNT });
	for (const [kind, more] of [['image', { sampleCount: 2 }], ['music', {}], ['audio', { audioEncoding: 'mp3' }]])
		made.push((await user.post(`/api/media/${kind}`, { projectId: project, prompt: `named ${kind}`, ...more })).must(201));
}, { limit: 60 });
after(() => pg && pg.stop('SIGQUIT'));

const history = (headers) => user.get('/api/media/history?limit=50', headers);
const results = (page) => page.data.flatMap((m) => m.results);
const linkOf = async (gcsUri) => (await user.get(`/api/files/signed-url?gcsUri=${encodeURIComponent(gcsUri)}`)).must(200).signedUrl;
async function upload(filename, content = F.FILES['image/png']()) {
	return (await F.post(user, '/api/files/upload', F.form({ filename, content }))).must(201);
}

/* The URL that Google's client makes of the same wish. */
async function theirs(url, gcsUri, responseDisposition) {
	const [, bucket, object] = gcsUri.match(/^gs:\/\/([^/]+)\/(.*)$/);
	const [, date, seconds] = url.match(/X-Goog-Date=(\w+)&X-Goog-Expires=(\d+)/);
	const at = new Date(date.replace(/(....)(..)(..)T(..)(..)(..)Z/, '$1-$2-$3T$4:$5:$6Z'));
	const [made] = await storage.bucket(bucket).file(object).getSignedUrl({ version: 'v4', action: 'read', accessibleAt: at,
		expires: new Date(+at + seconds * 1000), host: new URL(url).origin, responseDisposition });
	return made;
}
/* It is Google's, byte for byte, and what it opens comes under this name. */
async function mustBeNamed(url, gcsUri, disposition) {
	const found = await fetch(url);
	assert.equal(found.status, 200, await found.clone().text());
	assert.equal(found.headers.get('content-disposition'), disposition);
	assert.equal(url, await theirs(url, gcsUri, disposition));
	assert.ok(url.length <= 4096);
	return found;
}

test('a result: its generation\'s name, with the ending of its type, to be seen and not only saved', async () => {
	const endings = { 'image/png': 'png', 'audio/wav': 'wav', 'audio/mpeg': 'mp3' };
	for (const m of made)
		for (const r of m.results) {
			const name = `${m.mediaType.toLowerCase()}-${m.id.slice(0, 8)}-${m.id.slice(-4)}-${r.metadata.index + 1}.${endings[r.metadata.mimeType]}`;
			const found = await mustBeNamed(r.resultUrl, r.metadata.originalGcsUri, `inline; filename="${name}"`);
			judge(r.metadata.mimeType, Buffer.from(await found.arrayBuffer()));
			const content = await user.get(`/api/media/${m.id}/results/${r.id}/content`);
			assert.equal(content.headers['content-disposition'], `inline; filename="${name}"`);	/* as without a URL */
			await mustBeNamed(await linkOf(r.metadata.originalGcsUri), r.metadata.originalGcsUri, `inline; filename="${name}"`);
		}
}, { limit: 30 });

test('an upload: the name that its owner gave it', async () => {
	const star = (name) => [...name].map((c) => (/[\w.~-]/.test(c) ? c : encodeURIComponent(c).replace(/[!'()*]/g, (x) => `%${x.charCodeAt(0).toString(16).toUpperCase()}`))).join('');
	const named = (ascii, name) => `inline; filename="${ascii}"${name ? `; filename*=UTF-8''${star(name)}` : ''}`;
	const long = '雲'.repeat(116), longest = '🚣'.repeat(116);
	for (const [given, want] of [['boat.png', named('boat.png')], ['a boat\'s (1) & more+=100%.png', named('a boat\'s (1) & more+=100_.png', 'a boat\'s (1) & more+=100%.png')],
		['Bööt.png', named('B__t.png', 'Bööt.png')], ['no ending', named('no ending.png')], ['../../x"; y=\u202e.png', named('x; y=.png')],
		[`${long}.png`, named(`${'_'.repeat(116)}.png`, `${long}.png`)], [`${longest}.png`, named(`${'_'.repeat(116)}.png`, `${longest}.png`)]]) {
		const { gcsUri, signedUrl } = await upload(given.replace(/"/g, '%22'));
		await mustBeNamed(signedUrl, gcsUri, want);
		assert.equal(await linkOf(gcsUri), signedUrl);
	}
}, { limit: 30 });

test('a page that is read again has the same URLs; only a new name is signed anew', async () => {
	const { gcsUri } = await upload('before.png');
	const pid = await t.pidOf('vertex');		/* what was signed is forgotten with the process */
	process.kill(pid, 'SIGKILL');
	await t.replaced('vertex', pid);
	await t.allUp();
	const signed = (n) => h.until(15, `${n} URLs are signed`, async () => (await t.status()).vertex.note.includes(` ${n} URLs signed`), 200);
	const urls = async () => [...results((await history()).must(200)).map((r) => r.resultUrl), await linkOf(gcsUri)];
	const one = await urls();
	await signed(one.length);
	await h.sleep(1100);			/* signed anew they would have another date */
	assert.deepEqual(await urls(), one);
	pg.query(`update studio.files set name = 'after.png' where uri = '${gcsUri}'`);
	await mustBeNamed(await linkOf(gcsUri), gcsUri, 'inline; filename="after.png"');
	await signed(one.length + 1);
}, { limit: 40 });

test('what has no URL is null, for itself alone, and said once', async () => {
	const whole = await history();
	const bad = { 'gs://studio-test-media': 'no object', [`gs://studio-test-media/${'o'.repeat(1300)}`]: 'longer than a grant', 'gs://Studio Test/o': 'no bucket' };
	for (const [uri, why] of Object.entries(bad)) {
		const { id, metadata } = made[0].results[1];
		pg.query(`update studio.media_results set result_url = '${uri}' where id = '${id}'`);
		const before = t.linesWith('"url_impossible"').length;
		const page = await history({ 'If-None-Match': whole.headers.etag });
		const found = results(page.must(200));
		assert.deepEqual(found.filter((r) => r.resultUrl === null).map((r) => r.id), [id], why);
		for (const r of found.filter((x) => x.id !== id))
			assert.equal((await fetch(r.resultUrl)).status, 200);
		assert.notEqual(page.headers.etag, whole.headers.etag);
		assert.equal((await history()).must(200).data.length, made.length);
		assert.equal((await user.get(`/api/media/${made[0].id}`)).must(200).results[1].resultUrl, null);
		const lines = await h.until(5, 'it is said', () => t.linesWith('"url_impossible"').slice(before));
		assert.equal(lines.length, 1, why);
		assert.match(lines[0].why, /names no object/);
		assert.match(lines[0].object, /^gs:\/\//);
		assert.equal(lines[0].severity, 'ERROR');
		if (!uri.includes('/', 5))
			mustFail(await user.get(`/api/files/signed-url?gcsUri=${encodeURIComponent(uri)}`), 502, 'STORAGE_ERROR');
		pg.query(`update studio.media_results set result_url = '${metadata.originalGcsUri}' where id = '${id}'`);
		const again = await history({ 'If-None-Match': page.headers.etag });		/* not 304: it has one again */
		assert.ok(results(again.must(200)).every((r) => r.resultUrl));
	}
}, { limit: 30 });
