/* actors/db/sandbox.tbl.h - what db needs beyond the common rows. Rows: actors/common/sandbox.h. */
