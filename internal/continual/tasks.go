package continual

import (
	"fmt"
	"strings"
)

// Task is a part of the stream.
type Task struct {
	Name        string
	Classes     []int     // whose images it has
	Train, Test []int     // numbers of images
	Transform   Transform // what becomes of them, or nil
}

// classesATask of protocols a and b.
const classesATask = 2

// classTasks returns tasks of two classes each, in an order that the seed chooses.
func classTasks(seed uint64, train, test *Images) (tasks []Task) {
	order := classOrder(seed, len(train.Classes))
	for len(order) > 0 {
		n := min(classesATask, len(order))
		tasks = append(tasks, classTask(order[:n], train, test))
		order = order[n:]
	}
	return tasks
}

func classTask(classes []int, train, test *Images) Task {
	names := make([]string, len(classes))
	for i, c := range classes {
		names[i] = train.Classes[c]
	}
	return Task{Name: strings.Join(names, ", "), Classes: classes, Train: train.of(classes...), Test: test.of(classes...)}
}

// domainTasks returns n tasks of all classes whose images look different in each.
func domainTasks(seed uint64, variant Variant, n int, train, test *Images) []Task {
	all := classOrder(0, len(train.Classes))
	angles, permutations := random(seed, forAngles), random(seed, forPermutations)
	tasks := make([]Task, n)
	for i := range tasks {
		tasks[i] = classTask(all, train, test)
		if variant == Permutations {
			tasks[i].Name, tasks[i].Transform = fmt.Sprint(i+1), Permutation(permutations.Perm(train.Size()))
			continue
		}
		angle := 180 * angles.Float64()
		tasks[i].Name, tasks[i].Transform = fmt.Sprintf("%.1f°", angle), NewRotation(train.Width, train.Height, angle)
	}
	return tasks
}
