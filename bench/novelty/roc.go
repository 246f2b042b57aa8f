package main

import "slices"

// curve is what an ROC curve comes to.
type curve struct {
	AUROC float64 `json:"auroc"`
	FPR95 float64 `json:"fpr95"`
}

// roc compares how new samples look that are known and that are new: the
// probability that a new one looks newer, ties counting half, and the share of
// known ones that look at least as new as all but 5 % of the new ones. Neither
// list may be empty; both are sorted.
func roc(known, unknown []float64) (c curve) {
	slices.Sort(known)
	slices.Sort(unknown)
	below, upTo := 0, 0
	for _, v := range unknown {
		for below < len(known) && known[below] < v {
			below++
		}
		for upTo < len(known) && known[upTo] <= v {
			upTo++
		}
		c.AUROC += float64(below+upTo) / 2
	}
	n := float64(len(known))
	c.AUROC /= n * float64(len(unknown))
	at, _ := slices.BinarySearch(known, unknown[len(unknown)/20])
	c.FPR95 = (n - float64(at)) / n
	return c
}
