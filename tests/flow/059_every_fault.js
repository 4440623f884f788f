'use strict';
/* tests/flow/059_every_fault.js - what a client sees of everything that may go wrong at Google, by the way a
 * model is called, and how often Google began the work.
 * Proves: issue 4 ("`vertex` against the emulator under every scripted fault"); design, What always holds, 1
 * and 2: a start whose answer was lost is never sent again blindly; reference 7.1 to 7.3.
 * Licence: Apache-2.0. */
const { test, assert, before } = require('./tiny');
const h = require('./harness');

const SLOW = Number(process.env.TEST_SLOW || 1);

/* Service of the emulator: path, fields, the code of its failures, who stores the result. */
const KINDS = {
	imagen: { path: 'image', fields: { model: 'stored' }, code: 'IMAGEN_API_ERROR', googleStores: true },
	gemini: { path: 'image', code: 'IMAGEN_API_ERROR' },
	veo: { path: 'video', code: 'VEO_API_ERROR', googleStores: true, runsOn: true },
	lyria: { path: 'music', code: 'LYRIA_API_ERROR' },
	interactions: { path: 'music', fields: { model: 'lyria-3-clip-preview' }, code: 'LYRIA_API_ERROR' },
	tts: { path: 'audio', code: 'CHIRP_API_ERROR' },
};

/* What becomes of it:
 *   made      it is made, and was begun once
 *   refused   it failed, and was not begun
 *   lost      nobody knows whether it was begun, and it was not: what Google stores itself goes on being looked
 *             for; what would have come with the answer cannot come any more
 *   hidden    likewise, and it was: it is found in storage, or lost with the answer
 *   broken    the service says that it broke: "refused" where the work and its answer are one call, "lost" where
 *             an operation may run all the same
 *   filtered  a safety filter's work */
const TABLE = [
	['400', { status: 400 }, 'refused'],
	['401 once', { status: 401 }, 'made'],
	['401 again and again', { status: 401 }, 'refused', -1],
	['403', { status: 403 }, 'refused'],
	['404', { status: 404 }, 'refused'],
	['408', { status: 408 }, 'lost'],
	['409 ABORTED', { status: 409 }, 'made'],
	['412', { status: 412 }, 'refused'],
	['429', { status: 429 }, 'made'],
	['499', { status: 499 }, 'lost'],
	['500', { status: 500 }, 'broken'],
	['501', { status: 501 }, 'refused'],
	['502', { status: 502 }, 'lost'],
	['503 UNAVAILABLE', { status: 503 }, 'made'],
	['504', { status: 504 }, 'lost'],
	['half a JSON text', { wrong_json: true }, 'hidden'],
	['a connection cut before the answer', { cut: true }, 'hidden'],
	['a connection cut before the work', { cut: true, work: false }, 'lost'],
	['an error in place of what was made', { status: 504, work: true }, 'hidden'],
	['a truncated answer', { truncate: 60 }, 'hidden'],
	['a slow body', { slow_bytes_per_s: 2000000 }, 'made'],
	['a late answer', { delay_ms: 1200 }, 'made'],
	['expired tokens', { token_expired: true }, 'made'],
	['a blocked prompt', { blocked: true }, 'filtered'],
	['a filtered result', { filter: true }, 'filtered'],
];

let t, user, projectId;

before(async () => {
	t = await h.start({ env: { USER_CONCURRENCY: '0', MEDIA_SYNC_WAIT: '3500ms', JOB_BACKOFF: '200ms', JOB_ATTEMPTS: '10', MODEL_ALIASES: 'stored=imagen-4.0-generate-001',
		EMULATOR_FLAGS: '--video-seconds 0.2 --video-scale 0.1 --image-scale 0.1 --music-ms 1 --image-ms 1 --speech-ms 1 --fsync 0' } });
	user = await t.user();
	projectId = await t.project();
});

const starts = async (prompt) => (await t.ledger(`?prompt=${encodeURIComponent(prompt)}&entries=0`)).matching;
const found = async (prompt) => (await user.get(`/api/media/history?search=${encodeURIComponent(prompt)}`)).must(200).data[0];
const isOver = (g) => g.status === 'SUCCEEDED' || g.status === 'FAILED';

/* Asks for it; { status, code } of the answer if it was waited for, and the generation as it is then. */
async function ask(kind, prompt, { patience = 8000, waits = kind.path === 'video' } = {}) {
	const r = await user.post(`/api/media/${kind.path}`, { projectId, prompt, ...kind.fields });
	const within = Date.now() + (r.status === 202 && waits ? patience * SLOW : 0);
	let g = await found(prompt);
	while (!isOver(g) && Date.now() < within) {
		await h.sleep(150);
		g = await found(prompt);
	}
	return { answer: r, g };
}

function mustHaveFailed({ answer, g }, code, status) {
	assert.equal(g.status, 'FAILED');
	assert.deepEqual(g.results, []);
	assert.ok(g.errorMessage.length > 0);
	if (answer.status === 202)		/* a film is not waited for */
		return;
	assert.deepEqual([answer.status, answer.json.code], [status, code]);
}

/* What the word says, for this kind. */
async function mustBe(word, kind, prompt, seen) {
	const begun = await starts(prompt);
	if (word === 'made' || (word === 'hidden' && kind.googleStores)) {
		assert.equal(seen.g.status, 'SUCCEEDED');
		assert.equal(seen.g.results.length, 1);
		assert.equal(begun, 1);
	} else if (word === 'lost' && kind.googleStores) {
		assert.equal(seen.g.status, 'PROCESSING');
		assert.equal(begun, 0);
	} else if (word === 'filtered') {
		mustHaveFailed(seen, 'CONTENT_FILTERED', 422);
		assert.ok(begun <= 1);
	} else {
		mustHaveFailed(seen, kind.code, 502);
		assert.equal(begun, word === 'hidden' ? 1 : 0);
	}
}

async function suffer(service, name, fault, word, times = 1) {
	const prompt = `${service} suffers ${name}.`;
	await t.fault({ path: service, prompt }, fault, { times });
	try {
		await mustBe(word, KINDS[service], prompt, await ask(KINDS[service], prompt, { patience: word === 'lost' ? 3000 : 8000 }));
	} catch (e) {
		throw new Error(`${prompt} should be "${word}": ${e.stack}`);
	}
}

const meaning = (word, kind) => (word === 'broken' ? (kind.runsOn ? 'lost' : 'refused') : word);

/* One after the other, so that none of them opens the breaker for its neighbours; what has to be waited for, together. */
async function sufferAll(service) {
	const rows = TABLE.map(([name, fault, word, ...times]) => [name, fault, meaning(word, KINDS[service]), ...times]);
	const waits = ([, , word]) => KINDS[service].googleStores && (word === 'lost' || word === 'hidden');
	for (const row of rows.filter((r) => !waits(r)))
		await suffer(service, ...row);
	await suffer(service, 'nothing', { delay_ms: 1 }, 'made');		/* a success between them */
	await Promise.all(rows.filter(waits).map((row) => suffer(service, ...row)));
}

test(`${TABLE.length} faults of each service`, async () => {
	await Promise.all(Object.keys(KINDS).map(sufferAll));
}, { limit: 90 });

/* What hits the polls of a film that is being made already, and what hits the way to a token. */
for (const [name, fault, word] of [['404', { status: 404 }, 'FAILED'], ['403', { status: 403 }, 'FAILED'], ['429', { status: 429 }, 'SUCCEEDED'], ['500', { status: 500 }, 'SUCCEEDED'],
	['503', { status: 503 }, 'SUCCEEDED'], ['half a JSON text', { wrong_json: true }, 'SUCCEEDED'], ['a cut connection', { cut: true }, 'SUCCEEDED'],
	['a truncated answer', { truncate: 20 }, 'SUCCEEDED'], ['expired tokens', { token_expired: true }, 'SUCCEEDED'], ['an error of the operation', null, 'FAILED']])
	test(`a poll meets ${name}`, async () => {
		const prompt = `polled into ${name}${fault ? '' : ' [emulator:fail=13]'}.`;
		if (fault)
			await t.fault({ path: ':fetchPredictOperation' }, fault);
		const { g } = await ask(KINDS.veo, prompt);
		assert.equal(g.status, word);
		assert.equal(await starts(prompt), 1);
	});

for (const [name, fault, word] of [['503', { status: 503 }, 'made'], ['429', { status: 429 }, 'made'], ['a cut connection', { cut: true }, 'made'], ['half a JSON text', { wrong_json: true }, 'made']])
	test(`the way to a new token meets ${name}`, async () => {
		const prompt = `without a token: ${name}`;
		await t.fault({ path: 'gemini', prompt }, { token_expired: true });
		await t.fault({ path: 'token' }, fault);
		await mustBe(word, KINDS.gemini, prompt, await ask(KINDS.gemini, prompt, { waits: true }));	/* the tries may take longer than an answer */
	});
