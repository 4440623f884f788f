/* actors/front/sandbox.tbl.h - what front needs beyond the common rows. Rows: actors/common/sandbox.h. */

ALLOW(accept4,           "clients come through listeners that it was given")
ALLOW_IF(setsockopt,     RULE_TCP_OPTIONS, "TCP_NODELAY, TCP_USER_TIMEOUT, and h2o's TCP_NOTSENT_LOWAT on connections")
ALLOW(getsockopt,        "h2o looks at TCP_INFO to size its TLS records")
ALLOW(getpeername,       "h2o asks for addresses")
ALLOW(getsockname,       "h2o asks for addresses")
ALLOW_IF(shutdown,       RULE_SHUT_WR, "clients that abuse their connection are shut out; a listener must stay one")
ALLOW(poll,              "the bounded wait for a TLS signature")
