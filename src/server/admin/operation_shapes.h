// The shapes of what operations answer. Not part of this folder's interface.
#pragma once

#include "protocol/shape.h"

namespace sluice::admin {

extern const protocol::Shape kShareShape;
extern const protocol::Shape kShareDetailShape;
extern const protocol::Shape kSharesShape;
extern const protocol::Shape kSchemaShape;
extern const protocol::Shape kTableShape;
extern const protocol::Shape kRecipientShape;
extern const protocol::Shape kRecipientsShape;
extern const protocol::Shape kIssuedShape;
extern const protocol::Shape kLinkShape;
extern const protocol::Shape kIdentityShape;
extern const protocol::Shape kGrantShape;
extern const protocol::Shape kGrantsShape;
extern const protocol::Shape kAdminsShape;
extern const protocol::Shape kAdminTokenShape;
extern const protocol::Shape kChangesShape;
extern const protocol::Shape kDoneShape;

}  // namespace sluice::admin
