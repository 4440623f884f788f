/* actors/front/docs/assets.S - the files of /api/docs as parts of the program: once confined it
 * opens none. Each stands there as it is and compressed (build.mk, fetch.sh). */
	.section .rodata
	.macro asset name, file
	.global docs_\name, docs_\name\()_end, docs_\name\()_gz, docs_\name\()_gz_end
docs_\name:
	.incbin "\file"
docs_\name\()_end:
	.byte 0
docs_\name\()_gz:
	.incbin "\file\().gz"
docs_\name\()_gz_end:
	.byte 0
	.endm

	asset index,  "build/gen/docs/index.html"
	asset start,  "build/gen/docs/start.js"
	asset bundle, "build/gen/docs/swagger-ui-bundle.js"
	asset style,  "build/gen/docs/swagger-ui.css"
	.section .note.GNU-stack,"",@progbits
