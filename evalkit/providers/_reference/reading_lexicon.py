"""Common words, by which a reading with a doubtful letter is put right."""

from __future__ import annotations

from functools import cache

_PLAIN = """
a able about above accept access accident accord account accountant accounting accrual accrued
accumulated accurate achieve acid acquire acquisition across act action active activity actual add
addition additional address adjust adjusted adjustment administration administrative admission
adopt advance advantage advertising advice advise advisory affair affect affiliate after again
against age agency agenda agent aggregate ago agree agreed agreement agriculture aid air aircraft
airport alarm alcohol alert align all allocate allocation allow allowance almost alone along
already also alternative although aluminium always amend amendment among amortization amount an
analysis analyst analytics and animal announce annual annually another answer any apartment appeal
appear appendix apple application apply appoint approach appropriate approval approve
approximately april arbitration architecture are area argue around arrange arrangement art article
as ask aspect assembly assess assessment asset assign assist associate association assume
assumption assurance at attach attack attempt attend attention attorney audit auditor august
author authority available average avoid award aware away baby back background bad balance ball
ban band bank banking bar barrier base baseline basic basis battery be beach bear beat because
become bed been before begin behavior behind being belief believe bell below benchmark beneficial
benefit best better between beyond big bill billion bind bird birth bit black block blood blue
board body bond bonus book boost border borrow borrowing both bottom box branch brand breach bread
break bridge brief bring broad broker brother brown budget build building burden bus business but
buy buyer by bylaws cable calculate calculation calendar call camera campaign can cancel capacity
capital car carbon card care career cargo carry case cash cast category cause caution ceiling cell
cement center central century certain certificate chain chair chairman chairperson challenge
chance change channel chapter character charge chart charter cheap check chemical chief child
children choice choose circuit circumstance cite citizen city civil claim class clause clean clear
clearance client climate clinical clock close closing cloud club coal coast code coffee cold
collateral collect collection color column combination combined come comfort command comment
commerce commercial commission commitment committee commodity common communication community
company compare comparison compensation compete competition competitive competitor complaint
complete completion complex compliance comply component composition comprehensive comprise compute
computer concentration concept concern concerning concerted conclude conclusion concrete condition
conduct conference confidential confirm conflict connect connection consent consequence
conservation consider consideration consist consistent consolidated constant construction consult
consultant consumer consumption contact contain container content context contingency contingent
continue continuing contract contractor contrary contribute contribution control controller
convention conversion convert cooking cool copper copy copyright core corn corner corporate
corporation correct correction cost cotton could council counsel count counterparty country county
coupon course court cover coverage covenant create credit creditor crew crisis criteria critical
crop cross crude culture cup currency current customer cut cycle daily damage damages danger dark
data database date day deadline deal dealer dear death debt decade december decide decision deck
declaration declare decline decrease dedicated deduct deduction deep default defect defendant
defense deferred deficit define defined definition degree delay delegate deliver delivery demand
demographic department depend dependent deposit depreciation depth derivative describe description
design designated despite detail determine develop developer development device diagram difference
different difficult digital dilution direct direction director directory disaster discharge
disclose disclosure discontinued discount discover discretion discuss discussion disease disk
dispatch display disposal dispute distance distribution distributor district diverse diversity
divide dividend dividends division do doctor document does dog dollar domestic donation door dose
double doubt down draft drive driver drop drug dry due during dust duty each early earn earnings
earth east eastern easy economic economy edge edition editor education effect effective efficiency
efficient effort eight either election electric electrical electricity electronic element eligible
eliminate else email embedded emergency emission emissions emphasis employ employee employer
employment enable encourage end energy enforce enforcement engine engineer engineering enhance
enjoy enough ensure enter enterprise entire entity entitled entry environment environmental equal
equally equipment equity error escrow especially essential establish estate estimate ethics euro
european evaluate evaluation even evening event every evidence exact examine example exceed except
exception excess exchange exclude excluding exclusive execute execution executive exempt exercise
exhibit exist existing exit expand expansion expect expectation expected expenditure expense
expenses experience expert expiration expire explain explanation export exposure express extend
extension extent external extra extraordinary eye fabric face facility fact factor factory fail
failure fair fall family far farm fashion fast father fault favor feature february federal fee
feed feedback feel fiber field fifteen fifth fifty figure file filing filled film filter final
finance financial financing find finding fine finish fire firm first fiscal fish fit five fixed
flat fleet flexible flight float flood floor flow fluid focus follow following food foot footnote
for force forecast foreign forest form formal format formation former formula fort forth forty
forward foundation four fourth fraction framework franchise fraud free freedom freight frequency
fresh friday friend from front fruit fuel full function fund funding funds furniture further
future gain game garden gas gate gather general generate generation get gift give given glass
global goal gold good goods goodwill governance government grade gradual grain grant graph gray
great green grid gross ground group grow growth guarantee guard guest guide guidance guideline had
half hall hand handle happen harbor hard hardware has have hazard head heading health healthcare
hear hearing heart heat heating heavy hedge hedging height held help hence here hereby herein
hereof hereto hereunder high higher highest highway hire historical history hold holder holding
holdings home hope horizon hospital host hot hotel hour hours house household housing how however
human hundred hydro ice idea identify identity if illustrate image immediate impact impairment
implement implementation import importance important improve improvement in inability incentive
inches incident include included including income incorporated increase increased incur indeed
indemnification indemnify indenture independent index indicate indicator indirect individual
industrial industry inflation influence inform information infrastructure initial initiative
injury inland innovation input inquiry insert inside inspection install installation instance
instead institution instruction instrument insurance insured insurer intangible integrated
integration intellectual intend intended intent interest interim intermediate internal
international internet interpretation interval into introduce introduction inventory invest
investigation investment investor invoice involve iron is island issue issued issuer it item its
itself january job join joint journal judge judgment july june jurisdiction just justice keep key
kind kitchen know knowledge label labor laboratory lack lake land landlord language large largest
laser last late later latest latter laundry law lawsuit lawyer layer lead leader leadership
leading leaf learn learning lease leased least leather leave left legal legislation lender lending
length lens less lessee lessor let letter level leverage liabilities liability liable library
license licensee lien life light like likely limit limitation limited line linear link liquid
liquidity list listed listing litigation little live load loan loans local location lock logistics
long look loss losses lost lot low lower lumber lunch machine machinery made magazine mail main
maintain maintenance major majority make male man manage management manager manner manual
manufacture manufacturer manufacturing many map march margin marine mark market marketing markets
mass master match material materials matter mature maturity maximum may mean means measure
measurement meat mechanical media median medical medicine medium meet meeting member membership
memory men mental mention merchandise merchant merge merger merit message metal meter method
metric middle mild mile milk mill million mine mineral minimum mining minister minor minority
minute mirror miscellaneous mission mixed mobile model modern modification module monday monetary
money monitor monitoring month monthly months moral more morning mortgage most mother motion motor
mountain move movement much multiple municipal music must mutual my name narrow nation national
native natural nature near nearly necessary need needle negative negotiate neither net network
neutral never new news next night nine no noise nominal nominate nominee none noon nor normal
north northern not note notes nothing notice notional notwithstanding november now nuclear number
numerous nurse object objective obligation obligations observe obsolete obtain obvious occupancy
occupation occur ocean october odd of off offer offered offering office officer officers official
offset often oil old on once one online only onto open opened opening operate operating operation
operational operations operator opinion opportunity opposite option optional or oral orange order
ordinary organic organization origin original other others otherwise our out outcome outlook
output outside outstanding over overall overdraft overhead overseas oversight overtime overview
own owned owner ownership oxygen pack package packaging page paid pain paint pair panel paper
paragraph parent park part partial participant participate participation particular parties partly
partner partnership parts party pass passage passenger past patent path patient pattern pay
payable payables payment payments payroll peak peer penalty pension people per percent percentage
perform performance perhaps period periodic periods permanent permission permit permitted person
personal personnel perspective pesticide petroleum pharmacy phase phone photo physical piano
picture piece pilot pipe pipeline place plain plaintiff plan planned planning plant plants plastic
plate platform play please pledge plus point policies policy political pollution pool poor
population port portfolio portion position positive possess possession possible post potential
pound power powers practice precious predict preferred premises premium premiums prepaid prepare
prepared presence present presentation president press pressure pretax prevent previous previously
price prices pricing primarily primary prime principal principle print prior priority private
privilege probability probable problem procedure procedures proceed proceeding proceedings
proceeds process processing procure procurement produce producer product production products
professional profile profit profitability profits program progress prohibit project projected
projects promise promote promotion prompt proof proper properly properties property proportion
proposal propose proposed prospect prospectus protect protection protocol prove provide provided
provider provision provisions proxy public publication publicly publish pulp pump purchase
purchased purchaser purchases pure purpose purposes pursuant push put qualified qualify quality
quantity quarter quarterly question quick quiet quite quorum quota quote rail railway rain raise
range rapid rate rated rates rather rating ratio raw reach reaction read reader reading ready real
reason reasonable receipt receivable receivables receive received recent recently recipe
reclassified recognition recognize recognized recommend recommendation reconcile reconciliation
record recorded records recover recovery recreation recruit recycle recycled red redeem redemption
reduce reduced reduction refer reference refinance refined reflect reform refund refuse regard
regarding regime region regional register registered registration regular regulated regulation
regulations regulatory reimburse reject relate related relating relation relationship relative
release relevant reliable relief rely remain remainder remaining remedy remote removal remove
remuneration renew renewable renewal rent rental repair repay repayment repeat replace replacement
report reported reporting reports represent representation representative repurchase request
require required requirement requirements research reserve reserved reserves reside residence
residential residual resign resolution resolve resource resources respect respective respectively
respond response responsibility responsible rest restated restaurant restore restricted
restriction restructuring result resulting results retail retain retained retention retire
retirement return returned returns revenue revenues reverse review revised revision revolving
reward rice right rights rise rising risk risks river road robust role roll roof room root round
route routine royalty rule rules run rural safe safety said salaries salary sale sales salt same
sample sand satellite satisfaction satisfy saturday save savings scale scenario schedule scheduled
scheme school science scientific scope score scrap screen sea search season seasonal seat second
secondary section sector secure secured securities security see seed seek segment segments select
selected selection sell seller selling semiconductor senate send senior sense sensitive
sensitivity separate separately september sequence series serious serve server service services
session set settle settlement seven several severance sewer shall shape share shared shareholder
shareholders shares sharp sheet shelf shift ship shipment shipping shop short shortage should show
shown shut side sign signature significant significantly silver similar simple since single site
sites situation six size skill skills sky sleep slight slow small smart snow so social society
software soil solar sold sole solely solid solution solutions solve some soon sort sound source
sources south southern space spare speak special specialist specific specifically specification
specified spectrum speech speed spend spending spent split sport sports spot spread spring square
stability stable staff stage stake stakeholder stand standard standards standby start state stated
statement statements states static station statistics status statute statutory stay steady steam
steel step stock stockholders stocks stone stop storage store stored stores storm story straight
strategic strategy stream street strength strict strike strong structure structured student study
style subcontractor subject submit subordinated subscribe subscriber subscription subsequent
subsidiaries subsidiary subsidy substance substantial substantially success successful successor
such suffer sufficient sugar suit suitable sum summary summer sun sunday supplement supplemental
supplier suppliers supplies supply support supported surface surplus surrender survey suspend
sustain sustainability sustainable swap swimming switch system systems table take taken tangible
tank target targets tariff task tax taxable taxation taxes tea teach teacher team technical
technique technology telephone television tell temperature template temporary ten tenant tender
term terminal terminate terminated termination terms territory test testing tests text textile
than that the their them then theory there thereafter thereby therefore therein thereof thereto
these they thick thing think third thirty this those though thousand thousands threat three
threshold through throughout thursday thus ticket tier timber time timely times timing tire title
to today together toll tons tool tools top topic total touch tour toward tower town toxic track
trade trademark trading traffic trail train training transaction transactions transfer transition
transport transportation travel treasurer treasury treat treatment tree trend trial trigger trip
truck true trust trustee tube tuesday turbine turn turnover twelve twenty two type types typical
ultimate unable uncertain uncertainty unchanged under underlying understand underwriter
underwriting unemployment unfavorable uniform union unit united units universal university unless
unlike unpaid unsecured until up update updated upgrade upon upper urban urgent usage use used
useful user users using usual utility utilization vacant vacation valid valuation value values van
variable variance variation variety various vary vehicle vehicles vendor ventilation venture
verify version vertical very vessel vested vesting via vice victim video view virtual visit
visitor vital voice void volatility voltage volume voluntary vote votes voting wage wages wait
waiver walk wall want war warehouse warm warning warrant warranties warranty was waste watch water
way ways weak wealth weather web website wednesday week weekly weeks weight weighted welcome
welfare well were west western what whatever wheat wheel when whenever where whereas whereby
whether which while white who whole wholesale wholly whom whose why wide wild will wind window
winter wire wireless wise with withdraw withdrawal withholding within without witness woman women
wood word words work worker workers workforce working works workshop world worldwide worth would
wound write writing written wrong yard year yearly years yellow yen yes yesterday yet yield you
young your youth zero zone
"""

_OTHERS = """
el los las del por para con una como más pero sus este esta entre cuando muy sin sobre también año
años empresa ingresos gastos ventas capital mercado acciones activo pasivo deuda contrato ley
informe anual beneficio pérdida interés tasa impuesto precio cliente servicio producto total
trimestre und der die das ist nicht ein eine mit auf für von dem den des sich auch nach bei aus
wie über haben werden wird sind oder aber jahr jahre unternehmen umsatz gewinn verlust kosten
markt aktien vertrag gesetz bericht steuer zinsen preis kunde dienst produkt gesamt quartal
vorstand geschäft les des une est pas pour dans sur avec que qui par plus aux sont cette être fait
année années société revenus dépenses ventes marché actions actif passif dette contrat loi rapport
annuel bénéfice perte intérêt taux impôt prix client service produit total trimestre conseil uma
não com dos das por para como mais foi são pelo pela ano anos empresa receita despesas vendas
mercado ações ativo passivo dívida contrato lei relatório anual lucro perda juros taxa imposto
preço cliente serviço produto trimestre
"""


@cache
def lexicon() -> tuple[str, ...]:
    """Lower-case words, most general English first come, and a few of four other languages."""
    return tuple(dict.fromkeys((*_PLAIN.split(), *_OTHERS.split())))
