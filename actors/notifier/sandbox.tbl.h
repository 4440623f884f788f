/* actors/notifier/sandbox.tbl.h - what notifier needs beyond the common rows: nothing. No file, no network,
 * no thread. Rows: actors/common/sandbox.h. */
