// What yaml-cpp's conversions (convert.h, 0.7: ConvertStreamTo) and the C++ library make of texts: a line of hexadecimal
// in, the answers of each reader out.
#include <cmath>
#include <cstdio>
#include <iostream>
#include <sstream>
#include <string>

template <typename T> void as(const std::string &text, bool is_unsigned) {
  std::stringstream stream(text);
  stream.unsetf(std::ios::dec);
  T value;
  bool good = !((stream.peek() == '-') && is_unsigned) && (stream >> std::noskipws >> value) && (stream >> std::ws).eof();
  if (good) std::cout << +value << '\t'; else std::cout << "refused\t";
}

template <typename F> void call(F f) {
  try { std::cout << f() << '\t'; } catch (const std::exception &) { std::cout << "refused\t"; }
}

int main() {
  std::cout.precision(17);
  for (std::string line; std::getline(std::cin, line);) {
    std::string text;
    for (size_t i = 0; i + 1 < line.size(); i += 2) text += static_cast<char>(std::stoi(line.substr(i, 2), nullptr, 16));
    as<int>(text, false);
    as<unsigned int>(text, true);
    as<double>(text, false);
    call([&] { return std::stoi(text); });
    call([&] { return static_cast<unsigned int>(std::stoul(text)); });
    call([&] { return std::stod(text); });
    std::cout << '\n';
  }
}
