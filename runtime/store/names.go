package store

import (
	"fmt"
	"path/filepath"
	"strconv"
	"strings"
)

const (
	storeFile = "STORE"
	lockFile  = "LOCK"

	segmentDigits, segmentPrefix, segmentSuffix    = 8, "log-", ".pfl"
	snapshotDigits, snapshotPrefix, snapshotSuffix = 20, "snapshot-", ".pff"
)

func segmentPath(dir string, number uint32) string {
	return filepath.Join(dir, fmt.Sprintf("%s%0*d%s", segmentPrefix, segmentDigits, number, segmentSuffix))
}

func snapshotPath(dir string, sequence uint64) string {
	return filepath.Join(dir, fmt.Sprintf("%s%0*d%s", snapshotPrefix, snapshotDigits, sequence, snapshotSuffix))
}

// parseName returns the number in a file's name of a kind.
func parseName(name, prefix, suffix string, digits, bits int) (uint64, bool) {
	middle, isKind := strings.CutPrefix(name, prefix)
	middle, ends := strings.CutSuffix(middle, suffix)
	if !isKind || !ends || len(middle) != digits && (len(middle) < digits || middle[0] == '0') {
		return 0, false
	}
	n, err := strconv.ParseUint(middle, 10, bits)
	return n, err == nil && middle[0] != '+'
}
