# routes: prints the tables of the HTTP API.
EXTRA_PROGRAMS += routes
routes_SRCS   := tools/routes/main.c $(OPENAPI_SRCS) $(PROTO_SRCS)
routes_PKGS   := jansson
routes_LIBS   := -lm
routes_CFLAGS := -DNO_HANDLERS
