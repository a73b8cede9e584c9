/** Every room of the command line, in the order of help: a new room is one line here. */
import { key } from "./auth/KeyCli.ts"
import { user } from "./auth/UserCli.ts"
import { product } from "./catalog/ProductCli.ts"
import { completions } from "./completions/CompletionsCli.ts"
import { db } from "./database/DbCli.ts"
import { stock } from "./inventory/StockCli.ts"
import { journal } from "./journal/JournalCli.ts"
import { deadLetter } from "./operations/DeadLetterCli.ts"
import { doctor } from "./operations/DoctorCli.ts"
import { reminder } from "./operations/ReminderCli.ts"
import { order } from "./order/OrderCli.ts"
import { payments } from "./payment/PaymentCli.ts"
import { refund } from "./payment/RefundCli.ts"
import type { Room } from "./Resource.ts"
import { wishlist } from "./wishlist/WishlistCli.ts"

export const rooms: ReadonlyArray<Room> = [
  product,
  stock,
  order,
  payments,
  refund,
  wishlist,
  key,
  user,
  journal,
  reminder,
  db,
  deadLetter,
  doctor,
  completions
]

/** Every command, as help shows them. */
export const pages = rooms.flatMap((room) => room.pages)
