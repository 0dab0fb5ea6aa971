/** Every timing of the session, in milliseconds, with its reason. */

export const TICK_MS = 100; // the supervisor looks this often; a tenth of a beat
export const BEAT_EVERY_MS = 1000; // the wire's rule: 1 Hz each way
export const LOST_AFTER_MS = 2500; // two missed beats and some jitter, as at the robot
export const SILENT_SOCKET_MS = 4000; // a robot that is on says its state every second; four missed
export const SILENT_SOCKET_ROBOT_OFF_MS = 20000; // nothing is said then; a dead socket would never tell that it came
export const SOCKET_OPEN_TIMEOUT_MS = 4000; // TCP, TLS and a welcome over the slowest line that carries sound
export const GATHER_CAP_MS = 1000; // host candidates come at once; a broken resolver must not hold the offer
export const RELAY_CAP_MS = 2500; // TLS to a TURN server takes five round trips: 1.5 s on the slowest line
export const BETTER_RELAY_MS = 300; // a relay by UDP that is nearly there is worth it: TCP stalls at each lost packet
export const MEDIA_OPEN_TIMEOUT_MS = 9000; // the robot opens camera and microphone first, a cold USB camera takes 4 s
export const RETRY_AFTER_MS = [0, 500, 1000, 2000, 3000] as const; // then every 3 s: a person is waiting
export const BLOCKED_AFTER_FAILURES = 2; // one failure may be bad luck
export const STEER_TICK_MS = 25; // half of the next
export const SET_POINT_EVERY_MS = 50; // the head's watchdog stops it 300 ms after the last one
export const SET_POINT_LEAST_MS = 20; // the wire's rule: at most 50 Hz
export const SET_POINT_BY_SERVICE_MS = 100; // the wire's rule without a data channel: 10 Hz
export const GOAL_GIVE_UP_MS = 3000; // the head turns from end to end in less; then something holds it
export const VIDEO_LAG_MS = 50; // a pose comes this much before the picture taken at it (measured at the glass)
export const REPLY_TIMEOUT_MS = 3000; // a command takes 0.3 s over a weak line
export const OWN_WORD_MS = 1500; // a heartbeat this soon after a confirmation may be older than it
export const SAID_SHOWN_MS = 6000; // time to read one short sentence
export const LIMIT_SHOWN_MS = 4000; // the same
export const TELEPHONE_AFTER_MS = 10000; // by then a person wonders whom to call
export const LINK_ASK_AGAIN_MS = 10000; // the page before the room follows the robot being switched on
export const LINK_ASK_LEAST_MS = 1500; // a socket that keeps breaking must not become a storm of questions
export const LINK_TIMEOUT_MS = 8000; // a person waits no longer without a word
