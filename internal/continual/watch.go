package continual

import "context"

// watch is the fixed sample of the test images that is looked at during a stream.
type watch struct {
	images []int // numbers, equally many of every class as far as there are
	group  func(task, label int) int
	asked  []place
}

func newWatch(p *Plan, test *Images) watch {
	each := max(p.Watch/len(test.Classes), 1)
	w := watch{group: func(_, label int) int { return label }}
	if p.Protocol == DomainIncremental {
		w.group = func(task, _ int) int { return task }
	}
	lists, longest := make([][]int, len(test.Classes)), 0
	for c := range lists {
		of := test.of(c)
		lists[c] = of[:min(each, len(of))]
		longest = max(longest, len(lists[c]))
	}
	for k := range longest { // the classes in turn
		for _, list := range lists {
			if k < len(list) {
				w.images = append(w.images, list[k])
			}
		}
	}
	return w
}

// look adds what is known of what has been seen so far: of the classes, or of the
// tasks, among which the images are dealt out.
func (c *course) look(ctx context.Context, task int, slept bool) error {
	of := c.watch.asked[:0]
	for k, i := range c.watch.images {
		switch {
		case c.Protocol == DomainIncremental:
			of = append(of, place{k / len(c.test.Classes) % c.begun, i})
		case c.seen[c.test.Labels[i]]:
			of = append(of, place{0, i})
		}
	}
	c.watch.asked = of
	right, asked, err := c.count(ctx, of)
	if err != nil {
		return err
	}
	l := Look{Batches: c.batches, Samples: c.run.Samples, Task: task, Slept: slept, Recall: make([]*float64, len(asked))}
	var known, all int
	for g, n := range asked {
		if n > 0 {
			share := float64(right[g]) / float64(n)
			l.Recall[g] = &share
		}
		known, all = known+right[g], all+n
	}
	l.Accuracy = float64(known) / float64(max(all, 1))
	seen := &c.run.Seen
	if len(seen.Looks) == 0 || l.Accuracy < c.run.MinACC {
		c.run.MinACC = l.Accuracy
	}
	seen.Looks = append(seen.Looks, l)
	return nil
}

// count asks about test images and counts, by group, what was right of how many.
func (c *course) count(ctx context.Context, all []place) (right, asked []int, err error) {
	n := len(c.run.Seen.Names)
	right, asked = make([]int, n), make([]int, n)
	for lo := 0; lo < len(all); lo += askAtOnce {
		of := all[lo:min(lo+askAtOnce, len(all))]
		c.load(c.test, of)
		if _, err := c.ask(ctx); err != nil {
			return nil, nil, err
		}
		for k, p := range of {
			g := c.watch.group(p.task, c.labels[k])
			asked[g]++
			if c.told[k] == c.labels[k] {
				right[g]++
			}
		}
	}
	return right, asked, nil
}
