/* actors/poller/sandbox.tbl.h - what poller needs beyond the common rows: nothing. No file, no network,
 * no thread. Rows: actors/common/sandbox.h. */
