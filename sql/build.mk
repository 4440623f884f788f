# The SQL of the system as rows of C tables (sql/embed.sh).
SQL_QUERIES    := $(sort $(wildcard sql/queries/*.sql))
SQL_MIGRATIONS := $(sort $(wildcard sql/migrations/*.sql))
SQL_GENERATED  := build/gen/sql_queries.h build/gen/sql_migrations.h

build/gen/sql_queries.h: $(SQL_QUERIES) sql/embed.sh sql/queries
	@mkdir -p $(@D)
	@echo "  sql   $@"
	@sql/embed.sh queries $(SQL_QUERIES) > $@.new && mv $@.new $@
build/gen/sql_migrations.h: $(SQL_MIGRATIONS) sql/embed.sh sql/migrations
	@mkdir -p $(@D)
	@echo "  sql   $@"
	@sql/embed.sh migrations $(SQL_MIGRATIONS) > $@.new && mv $@.new $@
