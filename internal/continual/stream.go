package continual

import (
	"iter"
	"math/rand/v2"
)

// place is a sample as it comes: an image of a task.
type place struct{ task, image int }

// stream yields the batches of one task in an order that the seed chooses: one pass
// over its images, the last batch what is left, or, with batches > 0, so many whole
// ones, pass after pass in ever new orders. A batch is valid until the next.
func (t *Task) stream(seed uint64, number, batch, batches int) iter.Seq[[]place] {
	r := random(seed, forTasks+uint64(number))
	if batches == 0 {
		return cut(once(r, places([]Task{*t}, number)), batch)
	}
	return func(yield func([]place) bool) {
		for b := range cut(endless(r, places([]Task{*t}, number)), batch) {
			if batches--; !yield(b) || batches == 0 {
				return
			}
		}
	}
}

// mixed yields the batches of all tasks in one random order, so many passes.
func mixed(tasks []Task, seed uint64, batch, passes int) iter.Seq[[]place] {
	r, all := random(seed, forMixing), places(tasks, 0)
	return func(yield func([]place) bool) {
		for range passes {
			for b := range cut(once(r, all), batch) {
				if !yield(b) {
					return
				}
			}
		}
	}
}

// places lists all samples of some tasks, numbered from first.
func places(tasks []Task, first int) (list []place) {
	for i := range tasks {
		for _, image := range tasks[i].Train {
			list = append(list, place{first + i, image})
		}
	}
	return list
}

// once yields every element of list once, in random order; it shuffles list.
func once(r *rand.Rand, list []place) iter.Seq[place] {
	return func(yield func(place) bool) {
		r.Shuffle(len(list), func(i, j int) { list[i], list[j] = list[j], list[i] })
		for _, p := range list {
			if !yield(p) {
				return
			}
		}
	}
}

// endless is once again and again.
func endless(r *rand.Rand, list []place) iter.Seq[place] {
	return func(yield func(place) bool) {
		for len(list) > 0 {
			for p := range once(r, list) {
				if !yield(p) {
					return
				}
			}
		}
	}
}

// cut yields the elements of a sequence n at a time; the last may be fewer.
func cut(all iter.Seq[place], n int) iter.Seq[[]place] {
	return func(yield func([]place) bool) {
		batch := make([]place, 0, n)
		for p := range all {
			if batch = append(batch, p); len(batch) == n {
				if !yield(batch) {
					return
				}
				batch = batch[:0]
			}
		}
		if len(batch) > 0 {
			yield(batch)
		}
	}
}

// batchesOf returns how many batches n samples make.
func batchesOf(n, batch int) int { return (n + batch - 1) / batch }
