// Package mqtt connects a service to an MQTT broker, by version 3.1.1 or 5: it answers
// predictions, learns what it is sent and tells how it is. It is off unless started.
//
// Topics begin with PREFIX/NODE/, by default pffedge/ and the name of the host:
//
//	available  out  "online" or "offline", retained; the last will is "offline"
//	state      out  State, retained
//	predict    in   an image, or JSON; the answer goes to result
//	result     out  Result
//	teach      in   JSON; the answer goes to outcome
//	correct    in   JSON; the answer goes to outcome
//	sleep      in   empty, PRESS, or JSON; the answer goes to outcome
//	outcome    out  Outcome
//
// With version 5 an answer goes to the response topic of the message instead, if it has
// one, with its correlation data.
//
// # Delivery
//
// The session outlives the connection, so that the broker keeps what is sent with QoS 1
// while the device is away. A message is acknowledged when what it asks for is on the
// medium, or was refused for good: one that a crash interrupts is delivered again, which
// does no harm (see deliveries). Messages to learn are done one after the other, in their
// order; while the service is busy or its store has failed the first of them waits, and
// the others behind it.
//
// Answers are sent with QoS 1. While the broker is away the newest 256 wait; what is
// older is dropped and counted. They do not outlive the process: who misses one sends the
// message again, with the same "id", and is told what came of it.
//
// A broker that is not there is no error: the bridge tries again, after one second at
// first and up to a minute later, and tells of it in its Status.
package mqtt
