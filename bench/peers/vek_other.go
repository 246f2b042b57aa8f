//go:build !amd64

package main

var vekNames []string

// addVek adds nothing: vek has assembly for amd64 only.
func (g *gemm) addVek() {}
