/* actors/vertex/sandbox.tbl.h - what vertex needs beyond the common rows: sockets towards
 * Google, name resolution and a thread for it, the trust roots. Rows: actors/common/sandbox.h. */

#include "actors/common/sandbox_net.tbl.h"

TCP_CONNECT(VERTEX_ENDPOINT,         "Vertex AI; 443 unless overridden")
TCP_CONNECT(TEXT_TO_SPEECH_ENDPOINT, "Text-to-Speech")
TCP_CONNECT(STORAGE_ENDPOINT,        "Cloud Storage")
TCP_CONNECT(OAUTH_ENDPOINT,          "access tokens")
