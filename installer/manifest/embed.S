/* SPDX-License-Identifier: Apache-2.0 */
/* The releases that this binary carries: a tar.xz that scripts/pack made of manifests/. */
	.section .rodata
	.global embedded_bundle, embedded_bundle_end
	.balign 16
embedded_bundle:
	.incbin EMBEDDED_BUNDLE
embedded_bundle_end:
	.byte 0
	.section .note.GNU-stack, "", %progbits
