package simd

import (
	"fmt"
	"math"
	"os"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

// rowConstants are the constants of the Go kernels by their names in the
// assembly of amd64.
func rowConstants() map[string]uint32 {
	list := map[string]uint32{
		"hashFirst": hashFirst, "hashSecond": hashSecond, "hashThird": hashThird,
		"oneInt": 1, "logOffset": logOne - logSqrtHalf, "logBias": 127 + 31, "logMantissa": 0x7fffff, "logSqrtHalf": logSqrtHalf,
		"signBit": 1 << 31, "sizeMask": 1<<31 - 1,
	}
	for name, v := range map[string]float32{
		"expLowest": expLowest, "expLog2e": expLog2e, "expHigh": expHigh, "expLow": expLow, "expMagic": expMagic,
		"logHigh": logHigh, "logLow": logLow, "turn": turn,
		"zero": 0, "half": 0.5, "one": 1, "minusTwo": -2, "momentFloor": momentFloor, "maxU7": MaxU7,
		"mostS8": 127, "leastS8": -127, "mostFine": fineMost, "leastFine": -fineMost, "fineUnit": 0x1p-16, "fineStart": 0x1p-17 - 0.5,
	} {
		list[name] = math.Float32bits(v)
	}
	for name, terms := range map[string][]float32{"exp": expTerms[:], "log": logTerms[:], "sin": sinTerms[:], "cos": cosTerms[:]} {
		for i, v := range terms {
			list[fmt.Sprintf("%sTerm%d", name, i)] = math.Float32bits(v)
		}
	}
	for _, elements := range []uint32{8, 16, 24, 32} {
		list[fmt.Sprintf("counterStep%d", elements)] = elements * hashStep
	}
	return list
}

// lowBytes returns word offset/4 of AVX2's shuffle that brings the lowest bytes
// of four integers to the first word of 128 bits, or to the second.
func lowBytes(word string, offset int) uint32 {
	if strconv.Itoa(offset/4%4) == word {
		return 0x0c080400
	}
	return 0x80808080
}

// TestRowConstants holds each copy of each constant in the assembly to the Go
// kernels': a last bit may not show in a result for a long time.
func TestRowConstants(t *testing.T) {
	files := assemblyFiles(t, "rows_*_amd64.s")
	require.Len(t, files, 2)
	line := regexp.MustCompile(`(?m)^DATA (\w+)<>\+(\d+)\(SB\)/4, \$(0x[0-9a-f]+)$`)
	for _, file := range files {
		text, err := os.ReadFile(file)
		require.NoError(t, err)
		want, seen := rowConstants(), map[string]bool{}
		for _, match := range line.FindAllStringSubmatch(string(text), -1) {
			name := match[1]
			offset, err := strconv.Atoi(match[2])
			require.NoError(t, err)
			bits, err := strconv.ParseUint(match[3], 0, 32)
			require.NoError(t, err)
			seen[name] = true
			if name == "laneSteps" {
				require.Equal(t, uint32(offset/4)*hashStep, uint32(bits), "%s: lane %d", file, offset/4)
				continue
			}
			if shuffle, ok := strings.CutPrefix(name, "lowBytes"); ok {
				require.Equal(t, lowBytes(shuffle, int(offset)), uint32(bits), "%s: %s+%d", file, name, offset)
				continue
			}
			if value, ok := strings.CutPrefix(name, "bits"); ok {
				require.Equal(t, value, fmt.Sprintf("%08x", bits), "%s: %s+%d", file, name, offset)
				continue
			}
			require.Contains(t, want, name, file)
			require.Equal(t, want[name], uint32(bits), "%s: %s+%d", file, name, offset)
		}
		for name := range want {
			if name != "counterStep8" && name != "counterStep24" { // those of AVX2's halves
				require.True(t, seen[name], "%s has no %s", file, name)
			}
		}
	}
}
