/* actors/notifier/sandbox.tbl.h - what notifier needs beyond the common rows. Rows: actors/common/sandbox.h. */
