//go:build !(linux && (amd64 || arm64 || loong64 || riscv64))

package model

import (
	"errors"
	"os"
)

// Elsewhere files are read.
const canMap = false

func mapFile(*os.File, int64) ([]byte, error)     { return nil, errors.ErrUnsupported }
func mapMemory(int64) ([]byte, error)             { return nil, errors.ErrUnsupported }
func mapInto(_ []byte, _ *os.File, _ int64) error { return errors.ErrUnsupported }
func populate(_, _ []byte)                        {}
func unmap([]byte)                                {}
