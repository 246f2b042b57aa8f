//go:build !linux

package main

// clocks are the times that can be counted.
var clocks = map[string]clock{"wall": wallTime}
