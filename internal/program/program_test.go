package program

import (
	"errors"
	"flag"
	"strings"
	"testing"

	"github.com/stretchr/testify/require"
)

func TestExit(t *testing.T) {
	broken := errors.New("broken")
	for _, c := range []struct {
		parsed, done error
		status       int
		told         string
		works        bool
	}{
		{nil, nil, 0, "", true}, {nil, broken, 1, "soak: error: broken\n", true},
		{broken, nil, 2, "soak: error: broken\n", false}, {flag.ErrHelp, nil, 0, "", false},
	} {
		var stderr strings.Builder
		worked := false
		status := Exit("soak", &stderr, c.parsed, func() error {
			worked = true
			return c.done
		})
		require.Equal(t, c.status, status)
		require.Equal(t, c.told, stderr.String())
		require.Equal(t, c.works, worked)
	}
}
