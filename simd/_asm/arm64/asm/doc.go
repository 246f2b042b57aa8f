// Package asm writes Go assembly for arm64. Instructions that Go's assembler
// lacks are written in GNU syntax and encoded as WORDs that carry their text;
// everything else is passed on in Go's syntax.
package asm
