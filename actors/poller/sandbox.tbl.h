/* actors/poller/sandbox.tbl.h - what poller needs beyond the common rows. Rows: actors/common/sandbox.h. */
