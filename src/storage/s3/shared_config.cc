#include "storage/s3/shared_config.h"

#include <algorithm>
#include <filesystem>

#include "base/ascii.h"
#include "storage/rest/option_reader.h"

namespace sluice::storage {
namespace {

std::string PathOf(const Surroundings& here, const char* variable, std::string_view otherwise) {
  std::string path = here.variable(variable);
  const std::string home = here.variable("HOME");
  if (path.empty() && !home.empty()) path = home + "/.aws/" + std::string(otherwise);
  if (path.starts_with("~/")) path = home + path.substr(1);
  return path;
}

/// A '#' or ';' after a blank begins a comment.
std::string_view WithoutComment(std::string_view value) {
  for (std::size_t i = 1; i < value.size(); ++i) {
    const bool mark = value[i] == '#' || value[i] == ';';
    if (mark && (value[i - 1] == ' ' || value[i - 1] == '\t')) return value.substr(0, i);
  }
  return value;
}

/// "profile sales" of the config file and "sales" of the credentials file to "sales"; empty for
/// sections of other kinds.
std::string_view SectionProfile(std::string_view section, bool is_config) {
  section = Trim(section);
  if (!is_config || section == "default") return section;
  if (!section.starts_with("profile ") && !section.starts_with("profile\t")) return {};
  section = Trim(section.substr(8));
  if (section.size() > 1 && section.front() == '"' && section.back() == '"') {
    section = section.substr(1, section.size() - 2);
  }
  return section;
}

}  // namespace

std::string_view AwsProfile::Get(std::string_view name) const {
  const auto found = values_.find(name);
  return found == values_.end() ? std::string_view() : std::string_view(found->second);
}

Status AwsProfiles::ReadText(std::string_view text, bool is_config) {
  AwsProfile* profile = nullptr;
  for (int number = 1; !text.empty(); ++number) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    std::string_view line = text.substr(0, end);
    text.remove_prefix(std::min(end + 1, text.size()));
    if (line.ends_with('\r')) line.remove_suffix(1);
    if (Trim(line).empty() || line.front() == '#' || line.front() == ';') continue;
    // Further in are the parts of a setting that has some ("s3 ="); none of them concern us.
    if (line.front() == ' ' || line.front() == '\t') continue;
    if (line.front() == '[') {
      const std::size_t close = line.find(']');
      if (close == std::string_view::npos) {
        return Fail(ErrorKind::kMalformed, "line {}: the ']' is missing", number);
      }
      const auto name = SectionProfile(line.substr(1, close - 1), is_config);
      profile = name.empty() ? nullptr : &profiles_[std::string(name)];
      continue;
    }
    const std::size_t equals = line.find('=');
    if (equals == std::string_view::npos) {
      return Fail(ErrorKind::kMalformed, "line {}: neither '[section]' nor 'name = value'", number);
    }
    if (profile == nullptr) continue;
    profile->Set(ToLower(Trim(line.substr(0, equals))),
                 std::string(Trim(WithoutComment(line.substr(equals + 1)))));
  }
  return {};
}

Status AwsProfiles::ReadFile(const std::string& path, bool is_config) {
  if (path.empty()) return {};
  places_ += (places_.empty() ? "" : " and ") + path;
  std::error_code error;
  if (!std::filesystem::exists(path, error)) return {};
  const auto text = ReadOptionFile(path);
  if (!text) return Fail(ErrorKind::kPermissionDenied, "{}", text.error().message);
  if (auto read = ReadText(*text, is_config); !read) return Fail(read.error().At(path));
  return {};
}

Result<AwsProfiles> AwsProfiles::Read(const Surroundings& here) {
  AwsProfiles out;
  SLUICE_RETURN_IF_ERROR(out.ReadFile(PathOf(here, "AWS_CONFIG_FILE", "config"), true));
  SLUICE_RETURN_IF_ERROR(
      out.ReadFile(PathOf(here, "AWS_SHARED_CREDENTIALS_FILE", "credentials"), false));
  if (out.places_.empty()) out.places_ = "~/.aws (HOME is not set)";
  return out;
}

const AwsProfile* AwsProfiles::Find(std::string_view name) const {
  const auto found = profiles_.find(name);
  return found == profiles_.end() ? nullptr : &found->second;
}

std::string ProfileName(const std::string& option, const Surroundings& here) {
  if (!option.empty()) return option;
  for (const char* name : {"AWS_PROFILE", "AWS_DEFAULT_PROFILE"}) {
    if (std::string value = here.variable(name); !value.empty()) return value;
  }
  return "default";
}

}  // namespace sluice::storage
