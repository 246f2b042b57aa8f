//go:build !linux

package service

// standBack does nothing where threads have no priorities of their own.
func standBack() {}
