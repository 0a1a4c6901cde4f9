#include "base/glob.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>

#include "base/encoding.h"

namespace sluice {
namespace {

constexpr std::size_t kMaxBytes = 1024;
/// Bits of the set of segments that a match may go on with, the end included.
constexpr std::size_t kMaxSegments = 63;
constexpr std::string_view kAnyFolders = "**";
constexpr std::string_view kSpecial = "*?[";

/// Bytes of the character that `text`, which is not empty, begins with.
std::size_t CharacterSize(std::string_view text) {
  std::size_t size = 1;
  while (size < text.size() && (static_cast<unsigned char>(text[size]) & 0xC0U) == 0x80U) ++size;
  return size;
}

/// Takes one character off the front.
std::string_view TakeCharacter(std::string_view* text) {
  const auto taken = text->substr(0, CharacterSize(*text));
  text->remove_prefix(taken.size());
  return taken;
}

/// What stands between the brackets that `pattern` begins with; nothing where they are not closed.
std::string_view BracketBody(std::string_view pattern) {
  const std::size_t first = pattern.starts_with("[!") ? 2 : 1;
  // A bracket that comes first is one of the characters.
  const auto end = pattern.find(']', first + 1);
  return end == std::string_view::npos ? std::string_view() : pattern.substr(1, end - 1);
}

/// Characters of one length compare by their bytes as by their numbers, and longer ones are
/// greater.
bool NotAfter(std::string_view a, std::string_view b) {
  return a.size() != b.size() ? a.size() < b.size() : a <= b;
}

bool BracketHas(std::string_view body, std::string_view character) {
  const bool others = body.starts_with('!');
  if (others) body.remove_prefix(1);
  bool found = false;
  while (!body.empty()) {
    const auto first = TakeCharacter(&body);
    auto last = first;
    if (body.size() > 1 && body.front() == '-') {
      body.remove_prefix(1);
      last = TakeCharacter(&body);
    }
    found = found || (NotAfter(first, character) && NotAfter(character, last));
  }
  return found != others;
}

/// Takes what stands for one character off the pattern; whether the text begins with it.
bool TakeOne(std::string_view* pattern, std::string_view* text) {
  if (text->empty()) return false;
  if (pattern->front() == '[') {
    const auto body = BracketBody(*pattern);
    pattern->remove_prefix(body.size() + 2);
    return BracketHas(body, TakeCharacter(text));
  }
  const auto wanted = TakeCharacter(pattern);
  const auto found = TakeCharacter(text);
  return wanted == "?" || wanted == found;
}

bool SegmentMatches(std::string_view pattern, std::string_view text) {
  if (IsHiddenSegment(text) && (pattern.empty() || pattern.front() != text.front())) return false;
  std::string_view star_pattern;
  std::string_view star_text;
  bool star = false;
  while (!pattern.empty() || !text.empty()) {
    if (!pattern.empty() && pattern.front() == '*') {
      pattern.remove_prefix(1);
      star = true;
      star_pattern = pattern;
      star_text = text;
      continue;
    }
    if (!pattern.empty() && TakeOne(&pattern, &text)) continue;
    // The last star stands for one character more.
    if (!star || star_text.empty()) return false;
    TakeCharacter(&star_text);
    pattern = star_pattern;
    text = star_text;
  }
  return true;
}

Status CheckSegment(std::string_view segment) {
  if (segment.empty() || segment == "." || segment == "..") {
    return Fail(ErrorKind::kInvalidArgument, "a segment is '{}'", segment);
  }
  if (segment == kAnyFolders) return {};
  if (segment.find(kAnyFolders) != std::string_view::npos) {
    return Fail(ErrorKind::kInvalidArgument, "'**' stands alone between slashes");
  }
  while (!segment.empty()) {
    if (segment.front() != '[') {
      segment.remove_prefix(1);
      continue;
    }
    const auto body = BracketBody(segment);
    if (body.empty()) return Fail(ErrorKind::kInvalidArgument, "a '[' is not closed");
    segment.remove_prefix(body.size() + 2);
  }
  return {};
}

}  // namespace

bool IsHiddenSegment(std::string_view segment) {
  if (segment.starts_with('.')) return true;
  return segment.starts_with('_') && segment.find('=') == std::string_view::npos;
}

Result<std::vector<Glob>> Glob::ParseAll(const std::vector<std::string>& patterns) {
  std::vector<Glob> globs;
  globs.reserve(patterns.size());
  for (const auto& pattern : patterns) {
    SLUICE_TRY(globs.emplace_back(), Parse(pattern));
  }
  return globs;
}

Result<Glob> Glob::Parse(std::string_view pattern) {
  const auto refuse = [&](std::string_view why) {
    return Fail(ErrorKind::kInvalidArgument, "pattern '{}': {}", Printable(pattern, 100), why);
  };
  if (pattern.empty()) return refuse("is empty");
  if (pattern.size() > kMaxBytes) return refuse("is longer than 1024 bytes");
  if (pattern.front() == '/') return refuse("begins with a slash; it is relative to the location");
  if (!IsUtf8(pattern)) return refuse("is not UTF-8");
  Glob glob;
  glob.text_ = pattern;
  glob.prefix_ = pattern.substr(0, pattern.find_first_of(kSpecial));
  for (std::size_t begin = 0; begin <= pattern.size();) {
    const std::size_t end = std::min(pattern.find('/', begin), pattern.size());
    const auto segment = pattern.substr(begin, end - begin);
    if (const auto checked = CheckSegment(segment); !checked) {
      return refuse(checked.error().message);
    }
    glob.segments_.emplace_back(segment);
    begin = end + 1;
  }
  if (glob.segments_.size() > kMaxSegments) return refuse("has more than 63 segments");
  return glob;
}

bool Glob::Matches(std::string_view path) const {
  // Bit i: the segments of the pattern before i match what was taken of the path.
  std::uint64_t states = 1;
  const auto skip_folders = [&] {
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      if (((states >> i) & 1U) != 0 && segments_[i] == kAnyFolders) states |= std::uint64_t{2} << i;
    }
  };
  skip_folders();
  for (std::size_t begin = 0; begin <= path.size() && states != 0;) {
    const std::size_t end = std::min(path.find('/', begin), path.size());
    const auto segment = path.substr(begin, end - begin);
    std::uint64_t next = 0;
    for (std::size_t i = 0; i < segments_.size(); ++i) {
      if (((states >> i) & 1U) == 0) continue;
      if (segments_[i] == kAnyFolders) {
        if (!IsHiddenSegment(segment)) next |= std::uint64_t{1} << i;
      } else if (SegmentMatches(segments_[i], segment)) {
        next |= std::uint64_t{2} << i;
      }
    }
    states = next;
    skip_folders();
    begin = end + 1;
  }
  return ((states >> segments_.size()) & 1U) != 0;
}

}  // namespace sluice
