package main

import (
	"bytes"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestUsageErrors(t *testing.T) {
	for _, args := range [][]string{
		{"--op", "conv"}, {"--shape", "1x2"}, {"--shape", "0x2x2"}, {"--shape", "1x2x40000"},
		{"--threads", "0"}, {"--rounds", "0"}, {"--unknown"}, {"table"}, {"--cpu-time", "--threads", "2"},
	} {
		var out, diagnostics bytes.Buffer
		require.Equal(t, 2, run(args, &out, &diagnostics), args)
		require.Empty(t, out.String(), args)
		require.Contains(t, diagnostics.String(), "peers: error: ", args)
	}
}

func TestShapeReplacesTheUsualOnes(t *testing.T) {
	o, err := parse([]string{"--op", "int8,gemm", "--shape", "1x2x3,40x50x60"}, nil)
	require.NoError(t, err)
	require.Len(t, o.operations, 2)
	require.Equal(t, "int8", o.operations[0].name)
	for _, op := range o.operations {
		require.Equal(t, []shape{{1, 2, 3}, {40, 50, 60}}, op.shapes)
	}
}

func TestUsualShapes(t *testing.T) {
	o, err := parse(nil, nil)
	require.NoError(t, err)
	require.Len(t, o.operations, 4)
	require.Len(t, o.operations[0].shapes, 15)
	require.Contains(t, o.operations[0].shapes, shape{64, 500, 500})
	require.Contains(t, o.operations[1].shapes, shape{100, 2000, 2000})
	require.Contains(t, o.operations[3].shapes, shape{1, 784, 2000})
}
