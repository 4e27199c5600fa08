// SPDX-License-Identifier: Apache-2.0
// Glushkov's automaton in machine words (Navarro and Raffinot, "Flexible Pattern Matching in
// Strings", 5.2.2):
// 1. every literal or class of the expression is a place, a bit;
// 2. while parsing, each part knows which places can begin it, which can end it, and whether it can
// be empty;
//    joining parts tells which places may follow each place;
// 3. matching keeps the set of places the text can have reached.
#include "runtime/record/pattern.hpp"

#include <bit>
#include <optional>

#include <fmt/core.h>

namespace aisle::record {
namespace {

constexpr int places_max = 63;
constexpr int depth_max = 32;

/// The bytes a place takes.
class byte_set {
 public:
  void add(unsigned char byte) { words_[byte / 64U] |= std::uint64_t{1} << byte % 64U; }
  void add(unsigned char low, unsigned char high) {
    for (unsigned byte = low; byte <= high; ++byte) {
      add(static_cast<unsigned char>(byte));
    }
  }
  void add(const byte_set& other) {
    for (std::size_t i = 0; i < words_.size(); ++i) {
      words_[i] |= other.words_[i];
    }
  }
  void invert() {
    for (auto& word : words_) {
      word = ~word;
    }
  }
  [[nodiscard]] bool has(std::size_t byte) const {
    return (words_[byte / 64] >> byte % 64 & 1) != 0;
  }

 private:
  std::array<std::uint64_t, 4> words_{};
};

std::optional<byte_set> class_of(char letter) {
  byte_set set;
  switch (letter) {
    case 'd':
      set.add('0', '9');
      return set;
    case 's':
      for (const char blank : {' ', '\t', '\r', '\n'}) {
        set.add(static_cast<unsigned char>(blank));
      }
      return set;
    case 'w':
      set.add('0', '9');
      set.add('A', 'Z');
      set.add('a', 'z');
      set.add('_');
      return set;
    default:
      return std::nullopt;
  }
}

bool is_sign(char c) { return std::string_view{R"(\.^$|?*+()[]{}/-"' ,:;_#@&=~!%<>)"}.contains(c); }

}  // namespace

/// Recursive descent: alternatives, sequences, repeated atoms.
class pattern_parser {
 public:
  pattern_parser(std::string_view text, pattern& into) : text_{text}, into_{into} {
    end_ = text.ends_with('$') && !text.ends_with("\\$") ? text.size() - 1 : text.size();
    at_ = end_ > 0 && text.front() == '^' ? 1 : 0;
  }

  std::string parse() {
    const auto whole = alternatives();
    if (wrong_.empty() && at_ < end_) {
      fail("a ) without its (");
    }
    into_.first_ = whole.first;
    into_.last_ = whole.last;
    into_.nullable_ = whole.nullable;
    return wrong_;
  }

 private:
  struct part {
    pattern::places first = 0;
    pattern::places last = 0;
    bool nullable = true;
  };

  [[nodiscard]] bool more() const { return wrong_.empty() && at_ < end_; }
  [[nodiscard]] char here() const { return text_[at_]; }
  bool take(char c) {
    const bool taken = more() && here() == c;
    at_ += taken ? 1 : 0;
    return taken;
  }
  void fail(std::string_view what) {
    if (wrong_.empty()) {
      wrong_ = fmt::format("{} at character {}", what, at_ + 1);
    }
  }

  part alternatives() {
    if (++depth_ > depth_max) {
      fail("nested too deep");
    }
    auto all = sequence();
    while (take('|')) {
      const auto other = sequence();
      all = {all.first | other.first, all.last | other.last, all.nullable || other.nullable};
    }
    --depth_;
    return all;
  }

  part sequence() {
    part all;
    while (more() && here() != '|' && here() != ')') {
      all = join(all, repeated());
    }
    return all;
  }

  /// `a*`, `a{2,3}`, … A counted atom is parsed once for every time it may stand.
  part repeated() {
    const auto begin = at_;
    auto all = atom();
    if (take('*')) {
      all = looped(all);
      all.nullable = true;
    } else if (take('+')) {
      all = looped(all);
    } else if (take('?')) {
      all.nullable = true;
    } else if (take('{')) {
      all = counted(begin, all);
    }
    if (more() && std::string_view{"*+?{"}.contains(here())) {
      fail("two repetitions of one thing");
    }
    return all;
  }

  part counted(std::size_t begin, part all) {
    const auto least = number();
    const bool range = take(',');
    const auto most = range && more() && here() != '}' ? number() : least;
    const bool endless = range && text_[at_ - 1] == ',';
    if (!take('}') || most < least || (most == 0 && !endless)) {
      fail("a repetition is {m}, {m,} or {m,n} with n of at least 1");
      return all;
    }
    const auto behind = at_;
    all.nullable |= least == 0;
    const auto times = endless ? std::max(least, 1) : most;
    auto one = all;
    for (int i = 1; i < times && wrong_.empty(); ++i) {
      at_ = begin;
      one = atom();
      one.nullable |= i >= least;
      all = join(all, one);
    }
    if (endless) {
      loop(one);
    }
    at_ = behind;
    return all;
  }

  int number() {
    int n = 0;
    const auto begin = at_;
    while (more() && here() >= '0' && here() <= '9') {
      n = n > places_max ? n : n * 10 + (text_[at_] - '0');
      ++at_;
    }
    if (at_ == begin || n > places_max) {
      fail("a repetition needs a number up to 63");
    }
    return n;
  }

  part atom() {
    if (take('(')) {
      const auto group = alternatives();
      if (!take(')')) {
        fail("a ( without its )");
      }
      if (group.first == 0) {
        fail("an empty group");
      }
      return group;
    }
    if (take('[')) {
      return place(bracket());
    }
    if (take('.')) {
      byte_set any;
      any.add(0, 255);
      return place(any);
    }
    return place(single());
  }

  /// One literal or escaped class outside brackets.
  byte_set single() {
    byte_set set;
    if (!more() || std::string_view{"*+?{}]^$"}.contains(here())) {
      fail("a sign that needs a \\ in front of it to stand for itself");
      return set;
    }
    if (take('\\')) {
      return escaped();
    }
    set.add(literal());
    return set;
  }

  byte_set escaped() {
    byte_set set;
    if (!more()) {
      fail("a \\ with nothing behind it");
      return set;
    }
    if (const auto known = class_of(here())) {
      ++at_;
      return *known;
    }
    if (!is_sign(here())) {
      fail("an escape that is not known");
      return set;
    }
    set.add(static_cast<unsigned char>(text_[at_++]));
    return set;
  }

  unsigned char literal() {
    const auto byte = static_cast<unsigned char>(here());
    if (byte < 0x20 || byte >= 0x7F) {
      fail("a character that is not printable ASCII");
    }
    ++at_;
    return byte;
  }

  byte_set bracket() {
    byte_set set;
    const bool inverted = take('^');
    if (take(']')) {
      fail("an empty [ ]");
    }
    while (more() && here() != ']') {
      member(set);
    }
    if (!take(']')) {
      fail("a [ without its ]");
    }
    if (inverted) {
      set.invert();
    }
    return set;
  }

  /// `a`, `a-z` or an escape inside brackets.
  void member(byte_set& set) {
    if (take('\\')) {
      set.add(escaped());
      return;
    }
    const auto low = literal();
    if (!more() || here() != '-' || at_ + 1 >= end_ || text_[at_ + 1] == ']') {
      set.add(low);
      return;
    }
    ++at_;
    const auto high = literal();
    if (high < low) {
      fail("a range that runs backwards");
      return;
    }
    set.add(low, high);
  }

  part place(const byte_set& set) {
    if (places_ == places_max) {
      fail("longer than 63 places");
    }
    if (!wrong_.empty()) {
      return {};
    }
    const auto bit = pattern::places{1} << places_++;
    for (std::size_t byte = 0; byte < into_.takes_.size(); ++byte) {
      into_.takes_[byte] |= set.has(byte) ? bit : 0;
    }
    return {bit, bit, false};
  }

  part join(part a, part b) {
    connect(a.last, b.first);
    return {a.first | (a.nullable ? b.first : 0), b.last | (b.nullable ? a.last : 0),
            a.nullable && b.nullable};
  }

  void loop(part a) { connect(a.last, a.first); }
  part looped(part a) {
    loop(a);
    return a;
  }

  void connect(pattern::places from, pattern::places to) {
    for (; from != 0; from &= from - 1) {
      into_.follow_[static_cast<std::size_t>(std::countr_zero(from))] |= to;
    }
  }

  std::string_view text_;
  pattern& into_;
  std::size_t at_ = 0;
  std::size_t end_ = 0;
  int places_ = 0;
  int depth_ = 0;
  std::string wrong_;
};

std::expected<pattern, std::string> pattern::compile(std::string_view text) {
  pattern made;
  made.text_ = text;
  if (auto wrong = pattern_parser{text, made}.parse(); !wrong.empty()) {
    return std::unexpected{std::move(wrong)};
  }
  return made;
}

bool pattern::matches(std::string_view text) const {
  if (text.empty()) {
    return nullable_;
  }
  auto next = first_;
  places reached = 0;
  for (const char c : text) {
    reached = next & takes_[static_cast<unsigned char>(c)];
    if (reached == 0) {
      return false;
    }
    next = 0;
    for (auto left = reached; left != 0; left &= left - 1) {
      next |= follow_[static_cast<std::size_t>(std::countr_zero(left))];
    }
  }
  return (reached & last_) != 0;
}

}  // namespace aisle::record
