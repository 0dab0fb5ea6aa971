// The head board of the telepresence robot, for a ROBOTIS OpenRB-150: eyes, top light, privacy light, button, battery.
//
// UNTESTED ON HARDWARE. What is tested: it compiles as C++ against stand-ins of the libraries, and it behaves like the
// simulated board (hardware_sim/bus/headboard.py) in the same course of events.
//
// It is a slave on the Dynamixel bus (Protocol 2.0, 1 Mbaud, id 10), served by ROBOTIS' library. Boards package: "OpenRB"
// from ROBOTIS; libraries: Dynamixel2Arduino (0.7 or newer), Adafruit NeoPixel. Wiring: ../parts.md.

#include <Adafruit_NeoPixel.h>
#include <Dynamixel2Arduino.h>
#include <Wire.h>

// The control table. The same addresses as robot_agent/head/registers.py; a test compares them.
const uint16_t MODEL_NUMBER = 0x5641;  // "AV"
const uint8_t FIRMWARE = 1;
const uint8_t BOARD_ID = 10;
const uint16_t ADDR_EYES = 64;
const uint16_t ADDR_HAND_RED = 66;
const uint16_t ADDR_HAND_GREEN = 67;
const uint16_t ADDR_HAND_BLUE = 68;
const uint16_t ADDR_HAND_BLINK = 69;        // half a period, in 20 ms; 0 is steady
const uint16_t ADDR_HOST_TIMEOUT = 70;      // in 100 ms; 0 is never
const uint16_t ADDR_PRIVACY_LIGHT = 71;
const uint16_t ADDR_BATTERY_PERCENT = 128;
const uint16_t ADDR_CHARGING = 129;
const uint16_t ADDR_BATTERY_MV = 130;
const uint16_t ADDR_BUTTON_DOWN = 132;
const uint16_t ADDR_BUTTON_COUNT = 133;     // presses that have ended
const uint16_t ADDR_BUTTON_HELD = 134;      // in 100 ms, of the press under way, else of the last one

const uint8_t EYES_MOST = 4;                // closed, neutral, happy, sad, confused
const uint8_t BLINK_LEAST = 9;              // 180 ms: a faster light could flash more than three times a second
const uint8_t ERR_DATA_RANGE = 4;
const uint8_t ERR_ACCESS = 7;

const uint8_t PIN_TOP_LIGHT = 2;
const uint8_t PIN_PRIVACY_LIGHT = 3;
const uint8_t PIN_BUTTON = 4;               // to ground
const uint8_t PIN_CHARGING = 5;             // the charger pulls it to ground while it charges
const uint8_t TOP_PIXELS = 12;
const uint8_t EYE_LEFT = 0x70, EYE_RIGHT = 0x71, GAUGE = 0x36;  // on the I2C bus

const uint32_t DEBOUNCE_MS = 20;
const uint32_t FAULT_HALF_PERIOD_MS = 250;
const uint32_t BATTERY_PERIOD_MS = 1000;

struct Table {
  uint8_t eyes, red, green, blue, blink, host_timeout, privacy;
  uint8_t percent, charging, down, count, held;
  uint16_t millivolts;
};
Table table = {};
Table good = {};  // as it was before a write that may have to be taken back

uint32_t heard_ms = 0;
bool fault = false;

DYNAMIXEL::SerialPortHandler dxl_port(Serial1, -1);  // the OpenRB-150 turns the line around by itself
DYNAMIXEL::Slave dxl(dxl_port, MODEL_NUMBER);
Adafruit_NeoPixel top(TOP_PIXELS, PIN_TOP_LIGHT, NEO_GRB + NEO_KHZ800);

// Eight rows for each pair of eyes, the leftmost point in the highest bit.
const uint8_t EYE_ROWS[EYES_MOST + 1][8] = {
    {0x00, 0x00, 0x00, 0x00, 0x7E, 0x00, 0x00, 0x00},  // closed
    {0x3C, 0x7E, 0xE7, 0xC3, 0xC3, 0xE7, 0x7E, 0x3C},  // neutral
    {0x00, 0x3C, 0x7E, 0xE7, 0xC3, 0x81, 0x00, 0x00},  // happy
    {0x00, 0x00, 0x81, 0xC3, 0xE7, 0x7E, 0x3C, 0x00},  // sad
    {0x3C, 0x42, 0x99, 0xA5, 0xA1, 0x9E, 0x40, 0x3C},  // confused
};

void show_eye(uint8_t address, uint8_t eyes) {
  Wire.beginTransmission(address);
  Wire.write((uint8_t)0x00);  // HT16K33: display memory from its beginning, two bytes a row
  for (uint8_t row = 0; row < 8; row++) {
    Wire.write(EYE_ROWS[eyes][row]);
    Wire.write((uint8_t)0x00);
  }
  Wire.endTransmission();
}

void wake_eye(uint8_t address) {
  const uint8_t commands[] = {0x21, 0x81, 0xE8};  // oscillator on, display on without blinking, half as bright
  for (uint8_t command : commands) {
    Wire.beginTransmission(address);
    Wire.write(command);
    Wire.endTransmission();
  }
}

uint16_t gauge(uint8_t address, uint16_t otherwise) {  // MAX17048: big endian words
  Wire.beginTransmission(GAUGE);
  Wire.write(address);
  if (Wire.endTransmission(false) != 0 || Wire.requestFrom(GAUGE, (uint8_t)2) != 2) return otherwise;
  uint16_t high = Wire.read();
  return (uint16_t)((high << 8) | Wire.read());
}

void read_battery(uint32_t now) {
  static uint32_t due = 0;
  if ((int32_t)(now - due) < 0) return;
  due = now + BATTERY_PERIOD_MS;
  uint16_t percent = gauge(0x04, 0) >> 8;  // 1/256 %
  table.percent = percent > 100 ? 100 : (uint8_t)percent;
  table.millivolts = (uint16_t)((uint32_t)gauge(0x02, 0) * 5 / 64);  // 78.125 microvolts
  table.charging = digitalRead(PIN_CHARGING) == LOW;
}

void read_button(uint32_t now) {
  static bool seen = false;
  static uint32_t changed = 0, pressed = 0;
  bool down = digitalRead(PIN_BUTTON) == LOW;
  if (down != seen) {
    seen = down;
    changed = now;
  }
  if (seen != (bool)table.down && now - changed >= DEBOUNCE_MS) {
    table.down = seen;
    if (seen) {
      pressed = changed;
      table.held = 0;
    } else {
      uint32_t held = (changed - pressed) / 100;
      table.held = held > 255 ? 255 : (uint8_t)held;
      table.count++;
    }
  } else if (table.down && seen) {
    uint32_t held = (now - pressed) / 100;
    table.held = held > 255 ? 255 : (uint8_t)held;
  }
}

void watch_host(uint32_t now) {
  if (table.host_timeout && now - heard_ms > table.host_timeout * 100UL) fault = true;
}

void show(uint32_t now) {
  static uint8_t eyes_shown = 0xFF;
  static uint32_t top_shown = 0xFFFFFFFF;
  uint32_t half = fault ? FAULT_HALF_PERIOD_MS : table.blink * 20UL;
  bool lit = half == 0 || (now / half) % 2 == 0;
  uint32_t colour = fault ? top.Color(255, 0, 0) : top.Color(table.red, table.green, table.blue);
  colour = lit ? colour : 0;
  if (colour != top_shown) {
    top_shown = colour;
    top.fill(colour);
    top.show();
  }
  uint8_t eyes = fault ? 0 : table.eyes;
  if (eyes != eyes_shown) {
    eyes_shown = eyes;
    show_eye(EYE_LEFT, eyes);
    show_eye(EYE_RIGHT, eyes);
  }
  digitalWrite(PIN_PRIVACY_LIGHT, table.privacy ? HIGH : LOW);
}

// Called for each item that a packet touches. The robot reads the board five times a second, and so feeds the time-out.
void on_read(uint16_t, uint8_t &, void *) { heard_ms = millis(); }

void on_write(uint16_t address, uint8_t &error, void *) {
  heard_ms = millis();
  bool read_only = address < ADDR_EYES || address > ADDR_PRIVACY_LIGHT;
  bool in_range = table.eyes <= EYES_MOST && table.privacy <= 1 && (table.blink == 0 || table.blink >= BLINK_LEAST);
  if (read_only || !in_range) {
    table = good;  // not every version of the library takes the value back
    error = read_only ? ERR_ACCESS : ERR_DATA_RANGE;
    return;
  }
  good = table;
  if (address <= ADDR_HAND_BLINK) fault = false;  // the host is back, and says what to show
}

void setup() {
  pinMode(PIN_PRIVACY_LIGHT, OUTPUT);
  pinMode(PIN_BUTTON, INPUT_PULLUP);
  pinMode(PIN_CHARGING, INPUT_PULLUP);
  Wire.begin();
  wake_eye(EYE_LEFT);
  wake_eye(EYE_RIGHT);
  top.begin();
  dxl_port.begin(1000000);
  dxl.setPortProtocolVersion(2.0f);
  dxl.setFirmwareVersion(FIRMWARE);
  dxl.setID(BOARD_ID);
  dxl.addControlItem(ADDR_EYES, table.eyes);
  dxl.addControlItem(ADDR_HAND_RED, table.red);
  dxl.addControlItem(ADDR_HAND_GREEN, table.green);
  dxl.addControlItem(ADDR_HAND_BLUE, table.blue);
  dxl.addControlItem(ADDR_HAND_BLINK, table.blink);
  dxl.addControlItem(ADDR_HOST_TIMEOUT, table.host_timeout);
  dxl.addControlItem(ADDR_PRIVACY_LIGHT, table.privacy);
  dxl.addControlItem(ADDR_BATTERY_PERCENT, table.percent);
  dxl.addControlItem(ADDR_CHARGING, table.charging);
  dxl.addControlItem(ADDR_BATTERY_MV, table.millivolts);
  dxl.addControlItem(ADDR_BUTTON_DOWN, table.down);
  dxl.addControlItem(ADDR_BUTTON_COUNT, table.count);
  dxl.addControlItem(ADDR_BUTTON_HELD, table.held);
  dxl.setReadCallbackFunc(on_read);
  dxl.setWriteCallbackFunc(on_write);
}

void loop() {
  uint32_t now = millis();
  dxl.processPacket();
  read_button(now);
  read_battery(now);
  watch_host(now);
  good = table;  // what was measured since is no write
  show(now);
}
