/* supervisor/dev_account.S - the development profile's service account, which only the
 * emulator knows, as part of the program: it works from anywhere. */
	.section .rodata
	.global dev_account, dev_account_end
dev_account:
	.incbin "etc/dev/service-account.json"
dev_account_end:
	.byte 0
	.section .note.GNU-stack,"",@progbits
