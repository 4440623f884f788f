/* interactions.tbl.h - every model the Interactions API serves, all of them in `global`.
 *     INTERACTION(id, family, the longest result in seconds) */

INTERACTION("lyria-3-clip-preview", interaction_songs, 30)
INTERACTION("lyria-3-pro-preview", interaction_songs, 184)
INTERACTION("gemini-omni-1.1-flash-preview", interaction_films, 10)
INTERACTION("gemini-omni-flash-preview", interaction_films, 10)

#undef INTERACTION
