// PouchDB with W and U: writes them into LevelDB (not flushed to the disk, which
// is its default and flatters it), and replicates over http to another process.
//
//     node measure.mjs WORK.json FOLDER      prints one line of JSON
//     node measure.mjs --serve FOLDER        the other process
import {spawn} from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import readline from 'node:readline';
import PouchDB from 'pouchdb';

const EACH = 1000;
const ONES = 2000;
const BATCH = {batch_size: EACH, batches_limit: 10};

async function serve(folder) {
  const {default: express} = await import('express');
  const {default: pouchdbExpress} = await import('express-pouchdb');
  const Stored = PouchDB.defaults({prefix: folder + '/'});
  const app = express();
  const sockets = new Set();
  let gone = 0;
  app.get('/bench-bytes', (request, response) => {
    let sum = gone;
    for (const s of sockets) sum += s.bytesRead + s.bytesWritten;
    response.json(sum);
  });
  app.use('/', pouchdbExpress(Stored, {
    mode: 'minimumForPouchDB', inMemoryConfig: true, logPath: folder + '/log'}));
  const server = app.listen(0, '127.0.0.1', () =>
    console.log(`http://127.0.0.1:${server.address().port}`));
  server.on('connection', (s) => {
    sockets.add(s);
    s.on('close', () => {
      gone += s.bytesRead + s.bytesWritten;
      sockets.delete(s);
    });
  });
  process.stdin.on('end', () => process.exit(0)).resume();
}

async function startServer(folder) {
  const child = spawn(process.execPath, [...process.execArgv,
    process.argv[1], '--serve', folder], {stdio: ['pipe', 'pipe', 'inherit']});
  for await (const line of readline.createInterface({input: child.stdout}))
    return {child, url: line};
  throw new Error('the server does not start');
}

async function timed(work) {
  const began = process.hrtime.bigint();
  await work();
  return Number(process.hrtime.bigint() - began) / 1e9;
}

function sizeOf(folder) {
  let size = 0;
  for (const entry of fs.readdirSync(folder, {withFileTypes: true})) {
    const at = path.join(folder, entry.name);
    size += entry.isDirectory() ? sizeOf(at) : fs.statSync(at).size;
  }
  return size;
}

async function read(file) {
  const records = [], updates = [[], []];
  const lines = readline.createInterface({input: fs.createReadStream(file)});
  for await (const line of lines) {
    const {node, ...doc} = JSON.parse(line);
    if (node === undefined) records.push(doc);
    else updates[node].push(doc);
  }
  return {records, updates};
}

function check(results) {
  const bad = results.find((r) => r.error);
  if (bad) throw new Error(`${bad.id}: ${bad.reason ?? bad.message}`);
}

async function insert(db, docs) {
  for (let i = 0; i < docs.length; i += EACH)
    check(await db.bulkDocs(docs.slice(i, i + EACH)));
}

// A fifth of the records: one field each.
async function update(db, updates) {
  for (let i = 0; i < updates.length; i += EACH) {
    const some = updates.slice(i, i + EACH);
    const found = await db.allDocs(
        {keys: some.map((u) => u._id), include_docs: true});
    check(await db.bulkDocs(found.rows.map(
        (row, k) => ({...row.doc, ...some[k]}))));
  }
}

async function main(file, folder) {
  fs.mkdirSync(folder, {recursive: true});
  for (const name of ['here', 'there'])
    fs.mkdirSync(path.join(folder, name));
  const {records, updates} = await read(file);
  const {child, url} = await startServer(path.join(folder, 'there'));
  const bytes = async () => (await fetch(url + '/bench-bytes')).json();
  const told = {};
  const here = new PouchDB(path.join(folder, 'here/work'));
  const there = new PouchDB(url + '/work');

  await there.info();
  told['insert, 1,000 a tx'] = await timed(() => insert(here, records));
  const ones = new PouchDB(path.join(folder, 'here/ones'));
  told['insert, 1 a tx'] = await timed(async () => {
    for (const doc of records.slice(0, ONES)) await ones.put(doc);
  });
  await ones.close();

  let before = await bytes();
  told['extract + apply of W'] = await timed(
      () => here.replicate.to(there, BATCH));
  told.bytes = await bytes() - before;
  told['file size'] = sizeOf(path.join(folder, 'here/work'));

  await update(here, updates[0]);
  await update(there, updates[1]);
  before = await bytes();
  told['U both ways'] = await timed(() => here.sync(there, BATCH));
  told['update bytes'] = await bytes() - before;

  // What came from there is not news to it; that is settled first.
  await here.replicate.to(there, BATCH);
  const one = await here.get(updates[0][0]._id);
  await here.put({...one, ...updates[0][0]});
  before = await bytes();
  await here.replicate.to(there, BATCH);
  told['one change'] = await bytes() - before;
  console.log(JSON.stringify(told));
  child.stdin.end();
  await here.close();
  process.exit(0);
}

if (process.argv[2] === '--serve') await serve(process.argv[3]);
else await main(process.argv[2], process.argv[3]);
