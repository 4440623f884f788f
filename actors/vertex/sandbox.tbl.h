/* actors/vertex/sandbox.tbl.h - what vertex needs beyond the common rows: sockets towards
 * Google, name resolution and a thread for it, the trust roots. Rows: actors/common/sandbox.h. */

#include "actors/common/sandbox_net.tbl.h"

TCP_CONNECT(VERTEX_ENDPOINT,         "Vertex AI; 443 unless overridden")
TCP_CONNECT(TEXT_TO_SPEECH_ENDPOINT, "Text-to-Speech")
TCP_CONNECT(STORAGE_ENDPOINT,        "Cloud Storage")
TCP_CONNECT(OAUTH_ENDPOINT,          "access tokens")
TCP_CONNECT(IAM_ENDPOINT,            "tokens and signatures of another account")
TCP_CONNECT(CREDENTIALS_TOKEN_URL,   "the token endpoint that the credentials name")

#undef WHERE
#define WHERE "CREDENTIALS_SOURCE"	/* the metadata server, or external_account's url */

TCP_CONNECT(CREDENTIALS_SOURCE,      "where the credentials' first proof comes from")

#undef WHERE
#define WHERE "CREDENTIALS_FOLDER"	/* external_account with a file */

PATH_OF(CREDENTIALS_FOLDER, READ,    "the folder of the subject token: the file is replaced when it rotates, so its inode would not do")

#undef WHERE
#define WHERE ALWAYS
