'use strict';
/* tests/flow/057_credentials.js - the tree with every kind of Google credentials, each for one piece
 * of music: issue 4, "Google as it really is", in the order of Application Default Credentials.
 * Proves: reference 1.4 to 1.7: forms, both ways of Metadata-Flavor, two steps, a file that rotates.
 * Licence: Apache-2.0. */
const fs = require('node:fs');
const path = require('node:path');
const { test, assert, before } = require('./tiny');
const { judge } = require('./media');
const { mustFail } = require('./client');
const F = require('./forms');
const h = require('./harness');

const IMPERSONATE = 'https://iamcredentials.googleapis.com/v1/projects/-/serviceAccounts/emulator@studio-test.iam.gserviceaccount.com:generateAccessToken';
const USER = { type: 'authorized_user', client_id: 'me.apps', client_secret: 'user-secret-1', refresh_token: '1//refresh-secret-1' };
let t, dir, user, project, n = 0;

const file = (name, value, mode) => {
	const p = path.join(dir, name);
	fs.mkdirSync(path.dirname(p), { recursive: true });
	fs.writeFileSync(p, typeof value === 'string' ? value : JSON.stringify(value), { mode });
	return p;
};
const external = (source, more) => ({ type: 'external_account', audience: '//iam.googleapis.com/pool', subject_token_type: 'urn:ietf:params:oauth:token-type:jwt',
	token_url: 'https://sts.googleapis.com/v1/token', credential_source: source, ...more });

before(async () => {
	dir = h.makeDir();
	t = await h.start({ env: { EMBEDDED_EMULATOR: 'on', CLOUDSDK_CONFIG: path.join(dir, 'none') } });
	user = await t.user();
	project = await t.project();
}, { limit: 60 });

/* The same tree under other credentials: what it said of them, and what the emulator was asked. */
async function under(env) {
	await t.stop();
	t.options.env = { EMBEDDED_EMULATOR: 'on', CLOUDSDK_CONFIG: path.join(dir, 'none'), ...env };
	t.emulatorUrl = null;
	await t.start();
	return (await t.waitLog(5, 'of vertex about Google', (l) => l.message === 'google')).credentials;
}
/* Google made it and storage took it; its URL works, or it is said why there is none: then `refusal`. It can be had from here in any case. */
async function song(refusal) {
	const prompt = `credentials ${++n}`;
	const r = await user.post('/api/media/music', { projectId: project, prompt });
	assert.equal((await t.ledger(`?prompt=${encodeURIComponent(prompt)}`)).matching, 1);
	assert.ok(t.lines().some((l) => l.message === 'google_call' && l.what === 'storage_upload' && l.status === '200'), 'nothing was stored');
	assert.equal(r.status, 201, r.text);
	const { id, resultUrl, metadata } = r.json.results[0];
	judge('audio/wav', (await user.get(`/api/media/${r.json.id}/results/${id}/content`)).body);
	if (!refusal)
		return heard(resultUrl);
	assert.equal(resultUrl, null);
	const why = mustFail(await user.get(`/api/files/signed-url?gcsUri=${encodeURIComponent(metadata.originalGcsUri)}`), 502, 'STORAGE_ERROR');
	assert.match(why.message, refusal);
	const { gcsUri, signedUrl } = (await F.post(user, '/api/files/upload', F.form({}))).must(201);
	assert.equal(signedUrl, null);
	assert.equal((await user.get(`/api/files/download?gcsUri=${encodeURIComponent(gcsUri)}`)).status, 200);
}
async function heard(url) {
	const got = await fetch(url);
	assert.equal(got.status, 200, url);
	judge('audio/wav', Buffer.from(await got.arrayBuffer()));
}
const calls = (what) => t.linesWith('"google_call"').filter((l) => what.test(l.what)).map((l) => l.what);
/* The requests that led to the token, in order, and the one for a signature. */
const steps = () => calls(/token|metadata|sign_blob/).join(' ');

test('gcloud\'s own login, from its folder, with a project that pays', async () => {
	file('gcloud/application_default_credentials.json', { ...USER, quota_project_id: 'payer' });
	assert.equal(await under({ GOOGLE_METADATA: 'on', CLOUDSDK_CONFIG: path.join(dir, 'gcloud') }), 'authorized_user');
	await song(/operator should let it impersonate one/);
	assert.equal(steps(), 'token_refresh');
	assert.match(t.everything, /urls_unsigned/);
	assert.doesNotMatch(t.everything, /user-secret-1|refresh-secret-1/);
}, { limit: 60 });

test('the metadata server', async () => {
	assert.equal(await under({ GOOGLE_METADATA: 'on' }), 'metadata');
	await song();
	assert.equal(steps(), 'metadata_email metadata_token sign_blob');
}, { limit: 60 });

test('a user who impersonates an account', async () => {
	const p = file('impersonated.json', { type: 'impersonated_service_account', source_credentials: USER, service_account_impersonation_url: IMPERSONATE });
	assert.equal(await under({ GOOGLE_APPLICATION_CREDENTIALS: p }), 'impersonated_service_account');
	await song();
	assert.equal(steps(), 'token_refresh token_impersonate token_refresh sign_blob');	/* as who impersonates */
}, { limit: 60 });

test('somebody else\'s token from a file that rotates, for an account', async () => {
	const token = file('tokens/subject', 'subject-secret-1\n', 0o644);
	const p = file('external.json', external({ file: token }, { service_account_impersonation_url: IMPERSONATE }));
	assert.equal(await under({ GOOGLE_APPLICATION_CREDENTIALS: p, SANDBOX: 'require' }), 'external_account');
	fs.writeFileSync(`${token}.new`, 'subject-secret-2\n', { mode: 0o644 });
	fs.renameSync(`${token}.new`, token);		/* another inode: only its folder is known */
	await song();
	assert.equal(steps(), 'token_exchange token_impersonate sign_blob');
	assert.doesNotMatch(t.everything, /subject-secret/);
}, { limit: 60 });

test('somebody else\'s token from a URL that asks for a header', async () => {
	void t.emulator;		/* its port stays, and the metadata server there gives JSON with a token */
	const url = `${t.emulatorUrl}/computeMetadata/v1/instance/service-accounts/default/token`;
	const p = file('external_url.json', external({ url, headers: { 'Metadata-Flavor': 'Google' }, format: { type: 'json', subject_token_field_name: 'access_token' } }));
	assert.equal(await under({ GOOGLE_APPLICATION_CREDENTIALS: p, SANDBOX: 'require' }), 'external_account');
	await song(/should give them a service_account_impersonation_url/);
	assert.equal(steps(), 'subject_token token_exchange');
}, { limit: 60 });

test('a clock that is two hours behind Google\'s', async () => {
	const now = Math.floor(Date.now() / 1000) + 7200;
	assert.equal(await under({ EMULATOR_FLAGS: `--now ${now} --fsync 0` }), 'service_account');
	await song();
	assert.equal(steps(), 'token token');
	assert.equal(t.linesWith('"clock_differs"').length, 1);
}, { limit: 60 });

test('credentials that are none are named, and nothing falls through', async () => {
	for (const [value, pattern] of [[{ type: 'gdch_service_account' }, /gdch_service_account/], [{ client_email: 'a@b' }, /type is missing/], [null, /ENOENT|No such file/]]) {
		const p = value === null ? path.join(dir, 'nowhere.json') : file('wrong.json', value);
		await t.stop();
		t.options.env = { EMBEDDED_EMULATOR: 'on', GOOGLE_APPLICATION_CREDENTIALS: p };
		await t.start({ wait: 'exit', limit: 20 });
		assert.ok(t.exit.code > 0);
		assert.match(t.everything, pattern);
		assert.match(t.everything, /GOOGLE_APPLICATION_CREDENTIALS/);
	}
}, { limit: 60 });
