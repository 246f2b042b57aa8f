// Package lessons is what the commands and the service share about a store's
// operations: how they are made from samples, what they may take from the classes
// known (Gate), how a sleep is divided, what can be undone at once, and how unusual
// a stream's samples are.
package lessons
