// Stand-ins for what the head board's sketch is built on, and a main that takes one word of command a line:
//   t MS  time passes, a millisecond a turn   b 0|1  the button   w ADDR HEX  a write   r ADDR N  a read
//   p     what is seen: top light, eyes' first lit row, privacy light
// Each is answered with a line. The slave does what ROBOTIS' library does with each item of a packet.
#include <cstdint>
#include <cstdio>
#include <cstring>
#include <string>
#include <vector>

enum { LOW = 0, HIGH = 1, OUTPUT = 1, INPUT_PULLUP = 2, NEO_GRB = 0, NEO_KHZ800 = 0 };
static uint32_t now_ms = 0, pixels = 0;
static int pins[32] = {};
static uint32_t millis() { return now_ms; }
static void pinMode(uint8_t, uint8_t) {}
static int digitalRead(uint8_t pin) { return pins[pin]; }
static void digitalWrite(uint8_t pin, int value) { pins[pin] = value; }
struct {} Serial1;

struct {
  std::vector<uint8_t> sent, eyes;
  int place = 0;
  uint8_t gauge[2] = {80, 0};
  uint8_t address = 0;
  void begin() {}
  void beginTransmission(uint8_t to) { address = to, sent.clear(); }
  void write(uint8_t byte) { sent.push_back(byte); }
  uint8_t endTransmission(bool = true) {
    if (address == 0x70 && sent.size() == 17) eyes = sent;
    return 0;
  }
  uint8_t requestFrom(uint8_t, uint8_t count) { return place = 0, count; }
  uint8_t read() { return gauge[place++]; }
} Wire;

struct Adafruit_NeoPixel {
  uint32_t colour = 0;
  Adafruit_NeoPixel(int, int, int) {}
  void begin() {}
  void fill(uint32_t value) { colour = value; }
  void show() { pixels = colour; }
  static uint32_t Color(uint8_t r, uint8_t g, uint8_t b) { return (uint32_t)r << 16 | g << 8 | b; }
};

namespace DYNAMIXEL {
struct SerialPortHandler {
  template <class Port> SerialPortHandler(Port &, int) {}
  void begin(unsigned long) {}
};
typedef void (*Callback)(uint16_t, uint8_t &, void *);
struct Slave {
  struct Item { uint16_t address, size; uint8_t *data; };
  std::vector<Item> items;
  Callback on_read = nullptr, on_write = nullptr;
  Slave(SerialPortHandler &, uint16_t) {}
  void setPortProtocolVersion(float) {}
  void setFirmwareVersion(uint8_t) {}
  void setID(uint8_t) {}
  void addControlItem(uint16_t address, uint8_t &data) { items.push_back({address, 1, &data}); }
  void addControlItem(uint16_t address, uint16_t &data) { items.push_back({address, 2, (uint8_t *)&data}); }
  void setReadCallbackFunc(Callback f) { on_read = f; }
  void setWriteCallbackFunc(Callback f) { on_write = f; }
  bool processPacket() { return true; }
  int write(uint16_t address, const std::vector<uint8_t> &data) {
    uint8_t error = 0;
    for (Item &item : items) {
      if (item.address < address || item.address + item.size > address + (int)data.size()) continue;
      uint8_t before[2];
      memcpy(before, item.data, item.size);
      memcpy(item.data, &data[item.address - address], item.size);
      on_write(item.address, error, nullptr);
      if (error) return memcpy(item.data, before, item.size), error;
    }
    return 0;
  }
  std::vector<uint8_t> read(uint16_t address, uint16_t size) {
    std::vector<uint8_t> data(size, 0);
    uint8_t error = 0;
    for (Item &item : items) {
      if (item.address < address || item.address + item.size > address + size) continue;
      on_read(item.address, error, nullptr);
      memcpy(&data[item.address - address], item.data, item.size);
    }
    return data;
  }
};
}  // namespace DYNAMIXEL

#include SKETCH

int main() {
  pins[PIN_BUTTON] = pins[PIN_CHARGING] = HIGH;
  setup();
  char word, text[600];
  int a;
  while (scanf(" %c", &word) == 1) {
    text[0] = 0;
    if (word == 't' && scanf("%d", &a) == 1)
      for (; a > 0; a--, now_ms++) loop();
    if (word == 'b' && scanf("%d", &a) == 1) pins[PIN_BUTTON] = a ? LOW : HIGH;
    if (word == 'w' && scanf("%d %599s", &a, text) == 2) {
      std::vector<uint8_t> data;
      for (size_t i = 0; text[i] && text[i + 1]; i += 2) data.push_back((uint8_t)std::stoi(std::string(text + i, 2), nullptr, 16));
      snprintf(text, sizeof text, "%d", dxl.write((uint16_t)a, data));
    }
    int size;
    if (word == 'r' && scanf("%d %d", &a, &size) == 2) {
      std::string hex;
      for (uint8_t byte : dxl.read((uint16_t)a, (uint16_t)size)) snprintf(text, sizeof text, "%02x", byte), hex += text;
      snprintf(text, sizeof text, "%s", hex.c_str());
    }
    if (word == 'p') {
      loop();
      snprintf(text, sizeof text, "%06x %02x %d", pixels, Wire.eyes[1], pins[PIN_PRIVACY_LIGHT]);
    }
    printf("%s\n", text);
    fflush(stdout);
  }
}
